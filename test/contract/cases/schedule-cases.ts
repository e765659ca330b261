/** Schedules: set, read, replaced, deleted, and what comes of their firings. */
import { eventually } from "@drover/testing";
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import { uniqueName, type World } from "../world.ts";
import { templateBody } from "./made-templates.ts";

const step = { id: "say", agent: "diagnostics", task: "echo", parameters: { value: "hello" } };
const workflow = { name: "on time", steps: [step] };
const scheduleBody = { cron: "0 3 * * *", timezone: "Europe/Berlin", workflow };

async function scheduled(world: World, body: Record<string, unknown> = scheduleBody): Promise<string> {
  const schedule_name = uniqueName("nightly");
  await world.call("putSchedule", { params: { schedule_name }, body });
  return schedule_name;
}

const faulty = (title: string, body: Record<string, unknown>, faults: Record<string, string>): Case => ({
  title,
  sends: { params: { schedule_name: "faulty" }, body },
  status: 400,
  code: "validation_failed",
  faults,
});

const putSchedule: Case[] = [
  {
    title: "says when it runs next",
    sends: { params: { schedule_name: "next" }, body: scheduleBody },
    status: 200,
    body: {
      name: "next",
      cron: "0 3 * * *",
      timezone: "Europe/Berlin",
      overlap: "skip",
      enabled: true,
      next_run_at: expect.stringMatching(/T0[12]:00:00/),
      last_run: null,
      last_error: null,
    },
  },
  {
    title: "runs a template again and again",
    sends: async (world) => {
      const template = templateBody();
      await world.call("createTemplate", { body: template });
      const body = { every_seconds: 1, template: template.name, inputs: { who: "you" }, overlap: "queue" };
      return { params: { schedule_name: uniqueName("often") }, body };
    },
    status: 200,
    also: async ({ body }, world) => {
      const params = { schedule_name: z.object({ name: z.string() }).parse(body).name };
      const fired = z.object({ fired_count: z.number(), last_run: z.object({ workflow_id: z.string() }) });
      const seen = await eventually(
        async () => {
          const parsed = fired.safeParse((await world.call("getSchedule", { params })).body);
          return parsed.success && parsed.data.fired_count > 1 ? parsed.data : false;
        },
        { deadlineMs: 60_000 },
      );
      await world.call("deleteSchedule", { params });
      const run = await world.call("getWorkflow", {
        params: { workflow_id: seen.last_run.workflow_id },
        query: { wait: 30 },
      });
      expect(run.body).toMatchObject({ status: "completed", schedule: params.schedule_name });
    },
  },
  {
    title: "replaces what was there, and keeps what became of it",
    sends: async (world) => ({
      params: { schedule_name: await scheduled(world) },
      body: { every_seconds: 3600, workflow, enabled: false },
    }),
    status: 200,
    body: { cron: null, every_seconds: 3600, timezone: "UTC", enabled: false, next_run_at: null },
  },
  faulty(
    "with a cron expression that is none",
    { cron: "61 * * * *", workflow },
    { cron: "not a cron expression" },
  ),
  faulty(
    "with a time zone that there is not",
    { cron: "0 0 * * *", timezone: "Mars/Olympus", workflow },
    { timezone: "Mars/Olympus" },
  ),
  faulty(
    "with two times and nothing to run",
    { cron: "0 0 * * *", every_seconds: 5 },
    { cron: "not both", template: "must be given" },
  ),
  faulty("without a time", { workflow }, { cron: "must be given" }),
  faulty(
    "whose workflow has faults",
    { every_seconds: 60, workflow: { name: "x", steps: [{ ...step, depends_on: ["z"] }] } },
    { "workflow.steps[0].depends_on": 'no step "z"' },
  ),
  faulty(
    "of a template that there is not",
    { every_seconds: 60, template: "none-such" },
    { template: "none-such" },
  ),
  {
    title: "with a name that is none",
    sends: { params: { schedule_name: "Not A Name" }, body: scheduleBody },
    status: 400,
    code: "validation_failed",
    faults: { schedule_name: "lower-case" },
  },
  {
    title: "of an organization that the caller sees nothing of",
    sends: async (world) => {
      const roles = [{ role: "owner", organization_id: "elsewhere" }];
      const made = await world.call("createKey", { body: { name: "stranger", roles } });
      const { key } = z.object({ key: z.string() }).parse(made.body);
      const body = { ...scheduleBody, organization_id: "default" };
      return { params: { schedule_name: "next" }, body, key };
    },
    status: 404,
    code: "not_found",
  },
  {
    title: "beyond what an organization may have",
    sends: async (world) => {
      const body = { ...scheduleBody, organization_id: "many-schedules", enabled: false };
      const put = (n: number) => world.call("putSchedule", { params: { schedule_name: `s${n}` }, body });
      for (let n = 0; n < 1_000; n += 50)
        await Promise.all(Array.from({ length: 50 }, (_, more) => put(n + more)));
      return { params: { schedule_name: "one-more" }, body };
    },
    status: 409,
    code: "conflict",
  },
];

const listSchedules: Case[] = [
  {
    title: "finds one by its name",
    sends: async (world) => ({ query: { q: `name:${await scheduled(world)}` } }),
    status: 200,
    body: { count: 1, schedules: [{ cron: "0 3 * * *" }] },
  },
  {
    title: "pages, newest first",
    sends: async (world) => {
      for (let n = 0; n < 3; n += 1) await scheduled(world);
      return { query: { q: "organization:default", limit: 2 } };
    },
    status: 200,
    also: async ({ body }, world) => {
      const page = z.object({ schedules: z.array(z.object({ id: z.string() })) });
      const first = page.parse(body).schedules.map(({ id }) => id);
      const query = { q: "organization:default", limit: 2, after_id: first.at(-1) ?? "" };
      const rest = page.parse((await world.call("listSchedules", { query })).body);
      const ids = [...first, ...rest.schedules.map(({ id }) => id)];
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
    },
  },
];

const getSchedule: Case[] = [
  {
    title: "tells of itself",
    sends: async (world) => ({ params: { schedule_name: await scheduled(world) } }),
    status: 200,
    body: { fired_count: 0, skipped_count: 0, waiting_for: null },
  },
];

const deleteSchedule: Case[] = [
  {
    title: "takes it away",
    sends: async (world) => ({ params: { schedule_name: await scheduled(world) } }),
    status: 204,
  },
];

export const scheduleCases = { putSchedule, listSchedules, getSchedule, deleteSchedule };
