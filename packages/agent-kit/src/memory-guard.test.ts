import { createLogger } from "@drover/observability";
import { expect, test } from "vitest";
import { MemoryGuard, memoryReader } from "./memory-guard.ts";

test("a worker stops taking tasks above its limit and goes on well below it, without fluttering between", async () => {
  const heard: string[] = [];
  const intake = {
    hold: async (reason: string) => void heard.push(`hold: ${reason}`),
    release: async (reason: string) => void heard.push(`release: ${reason}`),
  };
  let usedBytes = 50;
  await using guard = new MemoryGuard({
    intakes: [intake],
    logger: createLogger({ service: "test", level: "silent" }),
    read: () => ({ usedBytes, maxBytes: 100 }),
  });
  const at = (bytes: number) => {
    usedBytes = bytes;
    guard.look();
    return heard.length;
  };
  expect(at(100)).toBe(0);
  expect(at(101)).toBe(1);
  expect(at(95)).toBe(1);
  expect(at(89)).toBe(2);
  expect(heard).toEqual(["hold: memory is short", "release: memory is short"]);
});

test("without a setting the limit is what Node.js or the container gives", () => {
  const { usedBytes, maxBytes } = memoryReader(undefined)();
  expect(usedBytes).toBeGreaterThan(1e6);
  expect(maxBytes).toBeGreaterThan(usedBytes);
  expect(memoryReader(512)().maxBytes).toBe(512 * 1024 * 1024);
});
