/**
 * What a caller shows: `drv_<id>_<secret>`. The id finds the key, the secret proves it.
 *
 * Only a SHA-256 of the secret is stored. A slow hash would add nothing: a generated secret has 285 random bits, which no
 * dictionary covers.
 */
import { createHash, randomInt, timingSafeEqual } from "node:crypto";

/** A whole token: id of 8–32 of a–z 0–9, secret of 32–64 of A–Z a–z 0–9. */
export const apiKeyTokenPattern = /^drv_([a-z0-9]{8,32})_([A-Za-z0-9]{32,64})$/;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const secretLength = 48;

export interface ApiKeyToken {
  readonly id: string;
  readonly secret: string;
}

/** Null when the text is no token. */
export function parseApiKeyToken(text: string): ApiKeyToken | null {
  const [, id, secret] = apiKeyTokenPattern.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

export function formatApiKeyToken(token: ApiKeyToken): string {
  return `drv_${token.id}_${token.secret}`;
}

export function generateSecret(): string {
  return Array.from({ length: secretLength }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}

/** SHA-256 in hexadecimal. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares in constant time. */
export function secretMatches(secret: string, hash: string): boolean {
  const expected = Buffer.from(hash, "hex");
  const actual = createHash("sha256").update(secret).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
