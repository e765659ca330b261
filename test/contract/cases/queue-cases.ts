/** Queues as operators and autoscalers see them. */
import { agentNames } from "@drover/contracts";
import { expect } from "vitest";
import type { Case } from "../case.ts";

const listQueues: Case[] = [
  {
    title: "names one queue for each agent and those of the system",
    status: 200,
    also: ({ body }) => {
      const names = Object(body)["queues"].map(({ name }: { name: string }) => name);
      const system = ["workflow", "dead-letter", "maintenance"];
      expect(names.sort()).toEqual([...agentNames, ...system].sort());
    },
  },
];

const getQueueDemand: Case[] = [
  {
    title: "counts what waits and what runs",
    sends: { params: { queue_name: "gpu" } },
    status: 200,
    body: { queue: "gpu", demand: 0, backlog: 0, active: 0 },
  },
  {
    title: "of a queue of the system",
    sends: { params: { queue_name: "dead-letter" } },
    status: 200,
    body: { queue: "dead-letter", active: 0 },
  },
];

const pauseQueue: Case[] = [
  {
    title: "holds back what is submitted, and resuming lets it go",
    sends: { params: { queue_name: "docker" } },
    status: 202,
    body: { name: "docker", paused: true, paused_by: expect.any(String), paused_at: expect.any(String) },
    also: async (_answer, world) => {
      const params = { queue_name: "docker" };
      expect((await world.call("pauseQueue", { params })).body).toMatchObject({ paused: true });
      const resumed = await world.call("resumeQueue", { params });
      expect(resumed.body).toMatchObject({ paused: false, paused_by: null, paused_at: null });
    },
  },
];

const resumeQueue: Case[] = [
  {
    title: "of a queue that is not paused changes nothing",
    sends: { params: { queue_name: "docker" } },
    status: 202,
    body: { paused: false },
  },
];

export const queueCases = { listQueues, getQueueDemand, pauseQueue, resumeQueue };
