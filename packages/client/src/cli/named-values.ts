/** `--input name=value`: a value is JSON where it reads as JSON, and text otherwise. */
import { type Payload, parseTemplateText, payload } from "@drover/contracts";
import { CommandFailure } from "./exit-code.ts";
import { readTextFile } from "./read-text-file.ts";

/** For commander: gathers an option that may stand several times. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** @throws CommandFailure for what is not `name=value` */
export function namedValues(texts: readonly string[] = []): Payload {
  return Object.fromEntries(
    texts.map((text) => {
      const [name, value] = splitPair(text);
      return [name, jsonOrText(value)];
    }),
  );
}

/** As `namedValues`, and every value is text. */
export function namedTexts(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(texts.map(splitPair));
}

/** A YAML or JSON file that holds an object; nothing where no file was named. @throws CommandFailure */
export async function valuesFromFile(path: string | undefined): Promise<Payload> {
  if (path === undefined) return {};
  const text = await readTextFile(path);
  const parsed = payload.safeParse(parseTemplateText(text));
  if (!parsed.success) throw new CommandFailure(`${path} must hold an object in YAML or JSON.`);
  return parsed.data;
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CommandFailure(`"${text}" must be name=value.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
