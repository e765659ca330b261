/** A value of CEL → a JSON value. CEL has more types than JSON: integers of 64 bits, bytes, times, durations, optionals. */
import { Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";

/** What one expression may come to, in bytes of JSON (escapes not counted). */
const resultBytesMax = 1024 * 1024;
const nestingMax = 64;

/** There is no such value, or none that JSON can hold. The message is a clause: "the value is too large". */
export class UnfitValue extends Error {}

/**
 * @param value what CEL answered
 * @throws UnfitValue
 */
export function plainJson(value: unknown): unknown {
  return new Converter().convert(value, 0);
}

class Converter {
  #bytesLeft = resultBytesMax;

  convert(value: unknown, depth: number): unknown {
    if (depth > nestingMax) throw new UnfitValue(`the value is nested deeper than ${nestingMax} levels`);
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "boolean":
        this.#count(5);
        return value;
      case "number":
        this.#count(8);
        if (!Number.isFinite(value))
          throw new UnfitValue(`the value is the number ${value}, which JSON does not have`);
        return value;
      case "bigint":
        return this.#integer(value);
      case "object":
        return value === null ? null : this.#object(value, depth);
      default:
        throw new UnfitValue("the value is not a value of JSON");
    }
  }

  #object(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Map) return this.#map(value, depth);
    if (value instanceof Set) return this.#list([...value], depth);
    if (value instanceof Date) return this.#text(value.toISOString());
    if (value instanceof Duration) return this.#text(value.toString());
    if (value instanceof UnsignedInt) return this.#integer(value.valueOf());
    if (value instanceof Uint8Array) return this.#text(Buffer.from(value).toString("base64"));
    if (value instanceof Optional) return value.hasValue() ? this.convert(value.value(), depth) : null;
    if (Object.getPrototypeOf(value) !== Object.prototype)
      throw new UnfitValue("the value is not a value of JSON");
    return this.#map(Object.entries(value), depth);
  }

  #list(items: readonly unknown[], depth: number): unknown[] {
    this.#count(2 + items.length);
    return items.map((item) => this.convert(item, depth + 1));
  }

  #map(entries: Iterable<readonly [unknown, unknown]>, depth: number): Record<string, unknown> {
    this.#count(2);
    const made: [string, unknown][] = [];
    for (const [key, value] of entries) {
      if (value === undefined) continue;
      made.push([this.#text(String(key)), this.convert(value, depth + 1)]);
    }
    // Defines each as its own property: a key `__proto__` stays a key.
    return Object.fromEntries(made);
  }

  #integer(value: bigint): number {
    this.#count(8);
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new UnfitValue(
        `the value is the integer ${value}, which JSON does not hold exactly; use string(…)`,
      );
    }
    return number;
  }

  #text(value: string): string {
    // By length first: a string that was made by doubling is not laid out in memory before somebody reads it.
    this.#count(value.length);
    this.#count(Buffer.byteLength(value) - value.length + 3);
    return value;
  }

  #count(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0)
      throw new UnfitValue(`the value is larger than ${resultBytesMax / 1024} KiB as JSON`);
  }
}
