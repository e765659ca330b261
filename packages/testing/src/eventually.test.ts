import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";

test("the first answer that is neither an error nor false is returned", async () => {
  let calls = 0;
  const answer = await eventually(() => {
    calls += 1;
    if (calls === 1) throw new Error("not yet");
    return calls === 2 ? false : calls;
  });
  expect(answer).toBe(3);
});

test("an undefined answer counts, so that a bare assertion can be awaited", async () => {
  await expect(eventually(() => undefined)).resolves.toBeUndefined();
});

test("after the deadline the last error is the cause", async () => {
  const waiting = eventually(() => Promise.reject(new Error("still red")), { deadlineMs: 60 });
  await expect(waiting).rejects.toThrow(/within 60 ms: still red/);
});

test("a check that hangs does not hang the test", async () => {
  const hang = () => new Promise<boolean>(() => undefined);
  const waiting = eventually(hang, { deadlineMs: 60, checkDeadlineMs: 60 });
  await expect(waiting).rejects.toThrow(/no answer/);
});

test("a check that is under way at the deadline may still hold", async () => {
  const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 100, "late"));
  expect(await eventually(slow, { deadlineMs: 1 })).toBe("late");
});
