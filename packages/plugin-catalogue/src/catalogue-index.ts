/** The index of a catalogue and its signature, as they lie in their files. */
import { catalogueEntry } from "@drover/contracts";
import { z } from "zod";

export const catalogueIndex = z.object({
  /** Grows with each index that is signed: an older one is not taken after a newer. */
  sequence: z.number().int().min(1),
  issued_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  entries: z.array(catalogueEntry).max(10_000),
});
export type CatalogueIndex = z.infer<typeof catalogueIndex>;

export const catalogueSignature = z.object({
  algorithm: z.literal("ed25519"),
  key_id: z.string().min(1).max(64),
  /** Of the bytes of the index file, in base64. */
  signature: z.base64(),
});
