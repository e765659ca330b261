/**
 * Plays the agent for the tests: sends what OpenCode sends, and answers tool calls as it is told, without doing them.
 */
import { z } from "zod";
import { type DemoModel, startDemoModel } from "./start-demo-model.ts";

export const tool = (name: string, ...properties: string[]) => ({
  type: "function",
  function: {
    name,
    parameters: { type: "object", properties: Object.fromEntries(properties.map((key) => [key, {}])) },
  },
});

/** The tools that OpenCode offers to most models, as far as the demo model uses them. */
export const openCodeTools = [
  tool("bash", "command", "timeout", "workdir"),
  tool("edit", "filePath", "oldString", "newString", "replaceAll"),
  tool("write", "content", "filePath"),
  tool("read", "filePath", "offset", "limit"),
  tool("glob", "pattern", "path"),
];

const toolCall = z.object({
  id: z.string(),
  type: z.literal("function"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const completion = z.object({
  choices: z.tuple([
    z.object({
      finish_reason: z.string(),
      message: z.object({
        role: z.literal("assistant"),
        content: z.string().nullable(),
        tool_calls: z.array(toolCall).optional(),
      }),
    }),
  ]),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() }),
});
type Completion = z.infer<typeof completion>;

const callArguments = z.record(z.string(), z.union([z.string(), z.number().transform(String)]));

export type Message = Record<string, unknown>;

/** A tool call that the model asked for. */
export interface Call {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

const turnsMax = 20;

export class ScriptedAgent implements AsyncDisposable {
  readonly url: string;
  readonly #model: DemoModel;

  private constructor(model: DemoModel) {
    this.#model = model;
    this.url = model.url;
  }

  static async start(): Promise<ScriptedAgent> {
    return new ScriptedAgent(await startDemoModel());
  }

  [Symbol.asyncDispose]() {
    return this.#model[Symbol.asyncDispose]();
  }

  post(body: unknown): Promise<Response> {
    return fetch(`${this.url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  async ask(messages: readonly Message[], tools: readonly unknown[] = openCodeTools): Promise<Completion> {
    const offered = tools.length > 0 ? { tools } : {};
    const response = await this.post({ model: "drover-demo", messages, ...offered });
    if (response.status !== 200) throw new Error(`The demo model answered ${response.status}.`);
    return completion.parse(await response.json());
  }

  /** The text that a plain request is answered with. */
  async textFor(messages: readonly Message[]): Promise<string> {
    return (await this.ask(messages, [])).choices[0].message.content ?? "";
  }

  /** Goes on until the final answer; `results` says what each tool call came to. */
  async run(
    prompt: string,
    results: (call: Call) => string = succeed,
    tools: readonly unknown[] = openCodeTools,
  ): Promise<{ calls: Call[]; text: string }> {
    const messages: Message[] = [
      { role: "system", content: "You are a coding agent." },
      { role: "user", content: [{ type: "text", text: prompt }] },
    ];
    const calls: Call[] = [];
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const { message } = (await this.ask(messages, tools)).choices[0];
      messages.push(message);
      if (message.tool_calls === undefined) return { calls, text: message.content ?? "" };
      for (const { id, function: wanted } of message.tool_calls) {
        const call = { name: wanted.name, values: callArguments.parse(JSON.parse(wanted.arguments)) };
        calls.push(call);
        messages.push({ role: "tool", tool_call_id: id, content: results(call) });
      }
    }
    throw new Error("The demo model does not come to an end.");
  }
}

/** What OpenCode's tools say when all is well. */
export function succeed(call: Call): string {
  if (call.name === "write") return "Wrote file successfully.";
  if (call.name === "edit") return "Edit applied successfully.";
  return "";
}

/** As `succeed`, and each `read` finds these lines. */
export function reading(lines: readonly string[]): (call: Call) => string {
  return (call) => (call.name === "read" ? readResult(lines) : succeed(call));
}

export function readResult(lines: readonly string[]): string {
  const numbered = lines.map((line, index) => `${index + 1}: ${line}`).join("\n");
  const end = `(End of file - total ${lines.length} lines)`;
  return `<path>/w/f</path>\n<type>file</type>\n<content>\n${numbered}\n\n${end}\n</content>`;
}

export function writtenPaths(calls: readonly Call[]): (string | undefined)[] {
  return calls.filter(({ name }) => name === "write").map(({ values }) => values["filePath"]);
}
