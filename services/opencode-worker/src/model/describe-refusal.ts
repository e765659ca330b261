/** A short sentence for what the model's endpoint answered, or for why it did not. */
import { z } from "zod";

const lengthMax = 300;

/** The forms in which OpenAI-compatible endpoints word an error. */
const refusal = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform((body) => body.error.message),
  z.object({ error: z.string() }).transform((body) => body.error),
  z.object({ message: z.string() }).transform((body) => body.message),
]);

export function describeRefusal(answer: string | Error): string {
  if (answer instanceof Error) {
    const code = z.object({ code: z.string() }).safeParse(answer);
    return code.success ? `no answer (${code.data.code})` : "no answer";
  }
  return (messageOf(answer) ?? answer.replace(/\s+/g, " ").trim()).slice(0, lengthMax);
}

function messageOf(body: string): string | undefined {
  try {
    return refusal.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined; // not JSON
  }
}
