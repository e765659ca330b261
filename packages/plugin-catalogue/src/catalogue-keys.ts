/** The public keys that a catalogue may be signed with: `<id>:<the 32 bytes of an Ed25519 public key, in base64>`. */
import { createPublicKey, type KeyObject } from "node:crypto";

/** Key id → key. */
export type CatalogueKeys = ReadonlyMap<string, KeyObject>;

/**
 * @param text entries separated by commas
 * @throws Error naming the entry that is no key
 */
export function parseCatalogueKeys(text: string): CatalogueKeys {
  const keys = new Map<string, KeyObject>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const [, id, encoded] = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(entry) ?? [];
    if (id === undefined || encoded === undefined)
      throw new Error(`"${entry}" must be <id>:<32 bytes in base64>`);
    const x = Buffer.from(encoded, "base64").toString("base64url");
    keys.set(id, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }));
  }
  return keys;
}
