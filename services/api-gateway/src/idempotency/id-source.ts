/** Where a handler takes the ids of what it creates: new ones, or for a request with an `Idempotency-Key` always the same. */
import { deriveId, type IdKind, newId } from "@drover/contracts";

export interface IdSource {
  /** @param name tells the things apart that one request creates */
  make(kind: IdKind, name: string): string;
}

export const newIds: IdSource = { make: (kind) => newId(kind) };

export function idsFrom(origin: string): IdSource {
  return { make: (kind, name) => deriveId(kind, origin, name) };
}
