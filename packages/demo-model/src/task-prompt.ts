/**
 * The lines of a prompt that a machine can find: `Action: generate_code`, `Language: go`, `File: api/users.go`,
 * `Files: a.js, b.js`, `Workflow: …`, `Step: …`. Everything else is the instructions.
 */

const keys = ["Action", "Language", "File", "Files", "Workflow", "Step"] as const;
type Key = (typeof keys)[number];

export interface TaskPrompt {
  /** `prompt` where none is named. */
  readonly action: string;
  readonly language: string | null;
  /** The file named, or else the first of the files named. */
  readonly file: string | null;
  readonly instructions: string;
  /** The first line of the instructions, cut to a length that fits into a comment. */
  readonly headline: string;
}

const headlineCharactersMax = 120;

export function readTaskPrompt(text: string): TaskPrompt {
  const found = new Map<Key, string>();
  const rest: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const key = keys.find((candidate) => line.startsWith(`${candidate}: `) && !found.has(candidate));
    if (key === undefined) rest.push(line);
    else found.set(key, line.slice(key.length + 2).trim());
  }
  const instructions = rest.join("\n").trim();
  const files = (found.get("Files") ?? "").split(/[\s,[\]"]+/).filter((path) => path !== "");
  return {
    action: found.get("Action") ?? "prompt",
    language: found.get("Language")?.toLowerCase() ?? null,
    file: found.get("File") ?? files[0] ?? null,
    instructions,
    headline: headlineOf(instructions),
  };
}

function headlineOf(instructions: string): string {
  const line = instructions.split("\n").find((candidate) => candidate.trim() !== "") ?? "no instructions";
  return line.trim().slice(0, headlineCharactersMax);
}
