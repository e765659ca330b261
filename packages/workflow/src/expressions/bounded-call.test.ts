import { expect, test } from "vitest";
import { boundedCall, evaluationMsMax, OutOfTime } from "./bounded-call.ts";

test("a computation without an end is ended", { timeout: 60_000 }, () => {
  expect(() =>
    boundedCall(() => {
      for (;;);
    }),
  ).toThrow(OutOfTime);
});

test("time in which the process stood still does not count", () => {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  let calls = 0;
  const answer = boundedCall(() => {
    calls += 1;
    if (calls === 1) Atomics.wait(signal, 0, 0, evaluationMsMax * 2);
    return "done";
  });
  expect(answer).toBe("done");
});

test("what the computation throws is thrown on", () => {
  const fault = new Error("mine");
  expect(() =>
    boundedCall(() => {
      throw fault;
    }),
  ).toThrow(fault);
});
