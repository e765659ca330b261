import { expect, test } from "vitest";
import { type Blow, schedule } from "./schedule.ts";

const targets = { services: ["a", "b"], redisNodes: 1, proxies: 2, sentinel: true };

test("the same seed hurts in the same way, at the same times", () => {
  expect(schedule(7, 600_000, targets)).toEqual(schedule(7, 600_000, targets));
  expect(schedule(8, 600_000, targets)).not.toEqual(schedule(7, 600_000, targets));
});

test("a blow falls every five to ten seconds, and every kind of them within an hour", () => {
  const planned = schedule(7, 3_600_000, targets);
  const pauses = planned.slice(1).map(({ atMs }, position) => atMs - (planned[position]?.atMs ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5_000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(10_000);
  const kinds: Blow["kind"][] = [
    "kill",
    "freeze",
    "killRedis",
    "freezeRedis",
    "cut",
    "stall",
    "slow",
    "failover",
    "pauseQueue",
  ];
  expect(new Set(planned.map(({ blow }) => blow.kind))).toEqual(new Set(kinds));
});

test("what is not there is not hurt", () => {
  const planned = schedule(7, 3_600_000, { ...targets, redisNodes: 0, proxies: 0, sentinel: false });
  expect(new Set(planned.map(({ blow }) => blow.kind))).toEqual(new Set(["kill", "freeze", "pauseQueue"]));
});
