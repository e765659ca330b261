/** The engine's progress streams: a JSON object on each line. */
import { StringDecoder } from "node:string_decoder";
import { z } from "zod";

const engineEvent = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string().optional() }).optional(),
});
export type EngineEvent = z.infer<typeof engineEvent>;

/** Each event as it comes; a line that is none is left out. Ends or throws with the stream. */
export async function* engineEvents(stream: AsyncIterable<Buffer | string>): AsyncGenerator<EngineEvent> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === "string" ? chunk : decoder.write(chunk))).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield* parseLine(line);
  }
  yield* parseLine(rest);
}

function* parseLine(line: string): Generator<EngineEvent> {
  const parsed = engineEvent.safeParse(parseJson(line));
  if (parsed.success) yield parsed.data;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
