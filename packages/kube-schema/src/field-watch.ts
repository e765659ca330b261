/**
 * Finds the fields of an object that its validator does not know.
 *
 * The published validators of Kubernetes kinds check types and required fields but let unknown fields pass, so a
 * mistyped `imagee:` would count as valid. They do read every field that their schema names, whether the object has it
 * or not. So the validator is given a view of the object that records what is read: a field which the object has and
 * nobody asked for is not in the schema. An object whose keys were listed is a map (labels, limits), and one of which
 * nothing was read is free-form (the body of a raw extension); neither has unknown fields.
 */

interface Reading {
  readonly fields: Set<string>;
  listed: boolean;
}

export interface FieldWatch {
  /** The object, to be handed to its validator. */
  readonly view: unknown;
  /** The path of every field that was there and that nobody read. Asked for after the validation. */
  unknownFields(): string[][];
}

export function watchFields(object: unknown): FieldWatch {
  const readings = new WeakMap<object, Reading>();
  return {
    view: viewOf(object, readings),
    unknownFields: () => [...unknownFieldsOf(object, [], readings)],
  };
}

function viewOf(value: unknown, readings: WeakMap<object, Reading>): unknown {
  if (typeof value !== "object" || value === null) return value;
  const reading: Reading = readings.get(value) ?? { fields: new Set(), listed: Array.isArray(value) };
  readings.set(value, reading);
  return new Proxy(value, {
    get(target, field) {
      if (typeof field === "string") reading.fields.add(field);
      return viewOf(Reflect.get(target, field), readings);
    },
    ownKeys(target) {
      reading.listed = true;
      return Reflect.ownKeys(target);
    },
  });
}

function* unknownFieldsOf(
  value: unknown,
  path: readonly string[],
  readings: WeakMap<object, Reading>,
): Generator<string[]> {
  if (typeof value !== "object" || value === null) return;
  const reading = readings.get(value);
  if (reading === undefined || (reading.fields.size === 0 && !reading.listed)) return;
  for (const [field, inner] of Object.entries(value)) {
    if (reading.listed || reading.fields.has(field))
      yield* unknownFieldsOf(inner, [...path, field], readings);
    else yield [...path, field];
  }
}
