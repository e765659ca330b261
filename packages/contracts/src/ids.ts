/**
 * TypeIDs: `<prefix>_<26 characters>`, a UUIDv7 in base 32, so that every id sorts by its creation time.
 * One map of prefixes for the whole house. Source of the format: github.com/jetify-com/typeid.
 */
import { createHash } from "node:crypto";
import { TypeID, typeid } from "typeid-js";
import { z } from "zod";

export const idPrefixes = {
  task: "task",
  workflow: "wf",
  key: "key",
  instance: "inst",
  approval: "apr",
  template: "tpl",
  schedule: "sch",
  deadLetter: "dl",
  request: "req",
} as const;

export type IdKind = keyof typeof idPrefixes;

const suffixPattern = "[0-7][0-9a-hjkmnp-tv-z]{25}";

/** A new id, e.g. `task_01jd3f…`. */
export function newId(kind: IdKind): string {
  return typeid(idPrefixes[kind]).toString();
}

/** The schema of an id of this kind. */
export function idSchema(kind: IdKind) {
  return z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_${suffixPattern}$`), `must be an id like ${idPrefixes[kind]}_…`);
}

/**
 * An id of `kind` that is always the same for the same origin and name, and sorts as the origin does.
 * So a step's task id follows from its run, and what a repeated request creates follows from the first one: creating it
 * twice is creating it once.
 * @param origin a TypeID of any kind, e.g. the run's id
 */
export function deriveId(kind: IdKind, origin: string, name: string): string {
  const source = TypeID.fromString(origin).toUUIDBytes();
  const digest = createHash("sha256").update(source).update("\0").update(name).digest();
  const bytes = new Uint8Array(16);
  bytes.set(source.subarray(0, 6), 0);
  bytes.set(digest.subarray(0, 10), 6);
  bytes[6] = 0x70 | (digest.readUInt8(0) & 0x0f);
  bytes[8] = 0x80 | (digest.readUInt8(2) & 0x3f);
  return TypeID.fromUUIDBytes(idPrefixes[kind], bytes).toString();
}

/** The smallest id suffix that an id made at `timeMs` can have; for cutting an index of ids by age. */
export function idSuffixAt(timeMs: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(timeMs))) << 16n);
  return TypeID.fromUUIDBytes("x", bytes).getSuffix();
}
