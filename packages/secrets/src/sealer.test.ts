import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { SealedUnreadable, Sealer } from "./sealer.ts";

const masterKey = randomBytes(32).toString("base64");
const sealer = new Sealer(masterKey, "instance-password");

test("what is sealed opens for its owner, with the same master key, and shows nothing of itself", () => {
  const sealed = sealer.seal("hush-hush ü", "inst_1");
  expect(JSON.stringify(sealed)).not.toContain("hush");
  expect(new Sealer(masterKey, "instance-password").open(sealed, "inst_1")).toBe("hush-hush ü");
});

test("the same text is never sealed the same way twice", () => {
  const values = Array.from({ length: 50 }, () => sealer.seal("same", "inst_1"));
  expect(new Set(values.map(({ nonce }) => nonce)).size).toBe(50);
  expect(new Set(values.map(({ data }) => data)).size).toBe(50);
});

test("another owner, another purpose, another key and a changed value are refused", () => {
  const sealed = sealer.seal("hush", "inst_1");
  const otherKey = new Sealer(randomBytes(32).toString("base64"), "instance-password");
  const flipped = Buffer.from(sealed.data, "base64").map((byte, index) => (index === 0 ? byte ^ 1 : byte));
  expect(() => sealer.open(sealed, "inst_2")).toThrow(SealedUnreadable);
  expect(() => new Sealer(masterKey, "other").open(sealed, "inst_1")).toThrow(SealedUnreadable);
  expect(() => otherKey.open(sealed, "inst_1")).toThrow(/another master key/);
  for (const data of [Buffer.from(flipped).toString("base64"), "", "AAAA", "not base64 at all"])
    expect(() => sealer.open({ ...sealed, data }, "inst_1")).toThrow(SealedUnreadable);
  expect(() => sealer.open({ ...sealed, nonce: "" }, "inst_1")).toThrow(SealedUnreadable);
});

test("a key of another length is no master key", () => {
  for (const key of ["", "short", randomBytes(31).toString("base64"), randomBytes(33).toString("base64")])
    expect(() => new Sealer(key, "x")).toThrow(RangeError);
});
