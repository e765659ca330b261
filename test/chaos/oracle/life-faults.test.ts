import { expect, test } from "vitest";
import { lifeOf } from "./life-faults.ts";
import { story } from "./story.fixture.ts";

const faultsOf = (...words: string[]) => lifeOf(story(...words)).faults;

test("starts over and over, and one end, are a life without fault", () => {
  const life = lifeOf(story("s.queued", "s.started", "s.started", "s.retrying", "s.started", "s.completed"));
  expect(life).toEqual({ state: "completed", lives: 1, starts: 3, faults: [] });
});

test("a redrive begins another life", () => {
  const life = lifeOf(
    story("s.queued", "s.started", "s.failed", "s.queued", "s.started", "s.progress", "s.completed"),
  );
  expect(life).toEqual({ state: "completed", lives: 2, starts: 2, faults: [] });
});

test("two ends, a start after the end, a start from nowhere, and a second queueing are faults", () => {
  expect(faultsOf("s.queued", "s.started", "s.completed", "s.completed")).toHaveLength(1);
  expect(faultsOf("s.queued", "s.started", "s.completed", "s.failed")).toHaveLength(1);
  expect(faultsOf("s.queued", "s.cancelled", "s.started")).toHaveLength(1);
  expect(faultsOf("s.started")).toHaveLength(1);
  expect(faultsOf("s.queued", "s.started", "s.queued")).toHaveLength(1);
});
