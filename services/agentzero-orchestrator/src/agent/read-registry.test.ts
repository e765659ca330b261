import { expect, test } from "vitest";
import { readRegistry } from "./read-registry.ts";

const silent = { agents: () => new Promise<never>(() => {}) };

test("a registry that does not answer ends at the deadline", async () => {
  const reading = readRegistry(silent, new AbortController().signal, 50);
  await expect(reading).rejects.toMatchObject({ name: "RetryableFailure", code: "redis_unavailable" });
});

test("an abort ends the reading with its reason", async () => {
  const reason = new Error("enough");
  await expect(readRegistry(silent, AbortSignal.abort(reason))).rejects.toBe(reason);
  const abort = new AbortController();
  const reading = readRegistry(silent, abort.signal);
  abort.abort(reason);
  await expect(reading).rejects.toBe(reason);
});
