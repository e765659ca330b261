import { expect, test } from "vitest";
import {
  formatApiKeyToken,
  generateSecret,
  hashSecret,
  parseApiKeyToken,
  secretMatches,
} from "./api-key-token.ts";

test("a generated token is of the form that is taken, and no two secrets are equal", () => {
  const token = { id: "01jd3fexample", secret: generateSecret() };
  expect(parseApiKeyToken(formatApiKeyToken(token))).toEqual(token);
  expect(generateSecret()).not.toBe(token.secret);
});

test.each([
  "",
  "drv__",
  `drv_short_${"a".repeat(32)}`,
  `drv_UPPERCASE_${"a".repeat(32)}`,
  `drv_identity_${"a".repeat(31)}`,
  `drv_identity_${"a".repeat(65)}`,
  `drv_identity_${"a".repeat(31)}-`,
  `drv_identity_${"a".repeat(32)}\n`,
  `xdrv_identity_${"a".repeat(32)}`,
])("%j is no token", (text) => {
  expect(parseApiKeyToken(text)).toBeNull();
});

test("only the secret itself matches its hash", () => {
  const secret = generateSecret();
  expect(secretMatches(secret, hashSecret(secret))).toBe(true);
  expect(secretMatches(`${secret}x`, hashSecret(secret))).toBe(false);
  expect(secretMatches(secret, "")).toBe(false);
});
