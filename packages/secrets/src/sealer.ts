/**
 * Keeps a short text where others may look: sealed with AES-256-GCM under a key that is derived from the deployment's master
 * key, and bound to what it belongs to. A sealed value that is moved to another owner, changed, or opened with another
 * master key is refused.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { z } from "zod";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const masterKeyBytes = 32;

export const sealedValue = z.object({
  /** A fingerprint of the master key; it says nothing about the key. */
  key_id: z.string(),
  /** base64 */
  nonce: z.string(),
  /** base64: what was encrypted, followed by its tag. */
  data: z.string(),
});
export type SealedValue = z.infer<typeof sealedValue>;

/** A sealed value cannot be opened here; the message says why and holds nothing of it. */
export class SealedUnreadable extends Error {
  override readonly name = "SealedUnreadable";
}

export class Sealer {
  readonly #key: Buffer;
  readonly #keyId: string;

  /**
   * @param masterKey base64 of 32 bytes
   * @param purpose what is sealed, e.g. `instance-password`: each purpose has a key of its own
   * @throws RangeError when it is no such key
   */
  constructor(masterKey: string, purpose: string) {
    const master = Buffer.from(masterKey, "base64");
    if (master.length !== masterKeyBytes) throw new RangeError("a master key is 32 bytes in base64");
    this.#key = Buffer.from(hkdfSync("sha256", master, "drover", purpose, masterKeyBytes));
    this.#keyId = createHash("sha256").update("drover-key-id").update(master).digest("hex").slice(0, 16);
  }

  /** @param owner what it belongs to, e.g. the id of an instance: it opens for no other */
  seal(text: string, owner: string): SealedValue {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(owner));
    const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return { key_id: this.#keyId, nonce: nonce.toString("base64"), data: data.toString("base64") };
  }

  /** @throws SealedUnreadable */
  open(sealed: SealedValue, owner: string): string {
    if (sealed.key_id !== this.#keyId)
      throw new SealedUnreadable(`It was sealed with another master key (${sealed.key_id}).`);
    const data = Buffer.from(sealed.data, "base64");
    try {
      const nonce = Buffer.from(sealed.nonce, "base64");
      const decipher = createDecipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(owner));
      decipher.setAuthTag(data.subarray(-tagBytes));
      return Buffer.concat([decipher.update(data.subarray(0, -tagBytes)), decipher.final()]).toString("utf8");
    } catch {
      throw new SealedUnreadable("It was changed, or belongs to something else.");
    }
  }
}
