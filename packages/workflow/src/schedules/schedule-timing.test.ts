import { expect, test } from "vitest";
import { timingFaults } from "./schedule-timing.ts";

test.each([
  { cron: "*/5 * * * *" },
  { cron: "30 2 * * 1-5", timezone: "Europe/Berlin" },
  { cron: "0 30 2 1 * *" },
  { cron: "@daily", timezone: "America/New_York" },
  { every_seconds: 90 },
])("%j has no fault", (spec) => {
  expect(timingFaults(spec)).toEqual([]);
});

test.each([
  [{ cron: "often" }, "cron"],
  [{ cron: "61 * * * *" }, "cron"],
  [{ cron: "* * *" }, "cron"],
  [{ cron: "* * * * * * *" }, "cron"],
  [{ cron: "0 0 30 2 *" }, "cron"],
  [{ cron: "0 0 * * *", timezone: "Mars/Olympus" }, "timezone"],
])("%j names the field at fault", (spec, field) => {
  expect(timingFaults(spec).map((fault) => fault.field)).toEqual([field]);
});
