/**
 * Where a handler takes the ids and secrets of what it creates: new ones, or for a request with an `Idempotency-Key` always the
 * same.
 */
import { hkdfSync } from "node:crypto";
import { generateSecret } from "@drover/access";
import { deriveId, type IdKind, newId } from "@drover/contracts";

export interface IdSource {
  /** @param name tells the things apart that one request creates */
  make(kind: IdKind, name: string): string;
  /**
   * What nobody can guess, of a–z A–Z 0–9.
   * @param name as above
   */
  secret(name: string): string;
}

const secretBytes = 32;

export const newIds: IdSource = { make: (kind) => newId(kind), secret: generateSecret };

/**
 * @param origin of the request; whoever reads the records of requests knows it
 * @param token the caller's: without it no secret can be told from the origin
 */
export function idsFrom(origin: string, token: string): IdSource {
  return {
    make: (kind, name) => deriveId(kind, origin, name),
    secret: (name) =>
      Buffer.from(hkdfSync("sha256", token, origin, `drover secret ${name}`, secretBytes)).toString("hex"),
  };
}
