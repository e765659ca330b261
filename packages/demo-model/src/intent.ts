/** What a script wants done, before it is known which tools the request offers for it. */

export type Intent =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "glob"; readonly pattern: string }
  | { readonly kind: "write"; readonly path: string; readonly content: string }
  | { readonly kind: "edit"; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: "shell"; readonly command: string; readonly timeoutMs: number }
  | { readonly kind: "call"; readonly tool: string; readonly arguments: Readonly<Record<string, unknown>> }
  | { readonly kind: "fetch"; readonly url: string }
  | { readonly kind: "delegate"; readonly prompt: string }
  | { readonly kind: "question"; readonly question: string; readonly options: readonly string[] };

/** An intent in a few words, for the final answer. */
export function describeIntent(intent: Intent): string {
  switch (intent.kind) {
    case "read":
      return `read ${intent.path}`;
    case "glob":
      return `look for ${intent.pattern}`;
    case "write":
      return `write ${intent.path}`;
    case "edit":
      return `edit ${intent.path}`;
    case "shell":
      return `run \`${intent.command}\``;
    case "call":
      return `call ${intent.tool}`;
    case "fetch":
      return `fetch ${intent.url}`;
    case "delegate":
      return `have a sub-agent do: ${intent.prompt}`;
    case "question":
      return `ask "${intent.question}"`;
  }
}
