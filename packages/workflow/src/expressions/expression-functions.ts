/** The functions that Drover adds to CEL. All are pure: the same arguments give the same value. */
import { plainJson, UnfitValue } from "./plain-json.ts";

const rangeMax = 10_000;

interface ExpressionFunction {
  /** As CEL declares it. */
  readonly signature: string;
  readonly compute: (...values: never[]) => unknown;
}

export const expressionFunctions: readonly ExpressionFunction[] = [
  { signature: "json(dyn): string", compute: (value: unknown) => JSON.stringify(plainJson(value)) },
  { signature: "parseJson(string): dyn", compute: parseJson },
  { signature: "join(list, string): string", compute: join },
  { signature: "range(int): list<int>", compute: range },
  { signature: "flatten(list): list<dyn>", compute: flatten },
];

/** Text as it stands in a sentence: strings as they are, all else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(plainJson(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnfitValue("parseJson() was given what is not JSON");
  }
}

function join(list: readonly unknown[], separator: string): string {
  return [...list].map(asText).join(separator);
}

function range(count: bigint): bigint[] {
  if (count < 0n || count > rangeMax) throw new UnfitValue(`range() makes 0 to ${rangeMax} numbers`);
  return Array.from({ length: Number(count) }, (_, number) => BigInt(number));
}

/** Lists within a list, one level; what is not a list stays. */
function flatten(list: readonly unknown[]): unknown[] {
  return [...list].flat();
}
