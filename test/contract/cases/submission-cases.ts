/** Submitting tasks: one, and many at once. */
import { supportedTypes } from "@drover/contracts";
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";

const echo = { type: "diagnostics", payload: { action: "echo", value: { nested: [1, null, "ü"] } } };
const taskId = /^task_[0-7][0-9a-z]{25}$/;

const refusedSubmissions: Case[] = [
  {
    title: "of a type that no agent supports names those that are",
    sends: { body: { type: "cobol", payload: {} } },
    status: 400,
    code: "unsupported_type",
    faults: { type: supportedTypes.join(", ") },
  },
  {
    title: "names every fault with its path",
    sends: {
      body: {
        type: 5,
        payload: [],
        priority: "now",
        max_attempts: 0,
        timeout_seconds: "x",
        start_timeout_seconds: 0,
        heartbeat_timeout_seconds: 90_000,
        total_timeout_seconds: 1e9,
        backoff: { factor: 0, jitter: 1 },
        delay_seconds: -1,
        labels: { a: 1 },
        secrets: ["bad name"],
        workspace_id: "../etc",
        nope: true,
      },
    },
    status: 400,
    code: "validation_failed",
    faults: {
      type: "expected string",
      payload: "expected record",
      priority: "urgent",
      max_attempts: ">=1",
      timeout_seconds: "expected number",
      start_timeout_seconds: ">=1",
      heartbeat_timeout_seconds: "<=86400",
      total_timeout_seconds: "<=31536000",
      "backoff.factor": ">=1",
      "backoff.jitter": "not a known field",
      delay_seconds: ">=0",
      "labels.a": "expected string",
      "secrets[0]": "API_TOKEN",
      workspace_id: "must be letters",
      nope: "not a known field",
    },
  },
  {
    title: "for an agent that there is not names those that there are",
    sends: { body: { ...echo, agent: "nobody" } },
    status: 400,
    code: "validation_failed",
    faults: { agent: "opencode, agentzero, docker" },
  },
  {
    title: "whose agent does not support its type",
    sends: { body: { ...echo, agent: "docker" } },
    status: 400,
    code: "unsupported_type",
    faults: { type: "docker supports docker" },
  },
  {
    title: "of an action that the agent has not names those that it has",
    sends: { body: { type: "diagnostics", payload: { action: "dance" } } },
    status: 400,
    code: "validation_failed",
    faults: { "payload.action": "echo, sum, sleep, fail" },
  },
  {
    title: "of an action that is only inherited",
    sends: { body: { type: "diagnostics", payload: { action: "toString" } } },
    status: 400,
    code: "validation_failed",
    faults: { "payload.action": "echo, sum, sleep, fail" },
  },
  {
    title: "whose payload is not the action's names every fault of it",
    sends: { body: { type: "diagnostics", payload: { action: "sleep", ms: "long", more: 1 } } },
    status: 400,
    code: "validation_failed",
    faults: { "payload.ms": "expected number", "payload.more": "not a known field" },
  },
  {
    title: "that names two workspaces",
    sends: {
      body: {
        type: "opencode",
        workspace_id: "ws-one",
        payload: { action: "explain", context: { workspace_id: "ws-two" } },
      },
    },
    status: 400,
    code: "validation_failed",
    faults: { workspace_id: "differs", "payload.context.workspace_id": "differs" },
  },
  {
    title: "for OpenCode without a workspace",
    sends: { body: { type: "opencode", payload: { action: "explain" } } },
    status: 400,
    code: "validation_failed",
    faults: { workspace_id: "is required by opencode" },
  },
  {
    title: "that leaves the workspace",
    sends: {
      body: {
        type: "opencode",
        payload: {
          action: "edit",
          context: { workspace_id: "ws-one", file_path: "../../etc/passwd", files: ["/etc/passwd"] },
        },
      },
    },
    status: 400,
    code: "validation_failed",
    faults: { "payload.context.file_path": "inside the workspace", "payload.context.files[0]": "relative" },
  },
];

const notServed = ["nix", "gpu"].map(
  (type): Case => ({
    title: `for ${type}, which no worker of this version serves`,
    sends: {
      body: {
        type,
        payload: type === "nix" ? { action: "build", flake: "." } : { action: "run", image: "a" },
      },
    },
    status: 503,
    code: "agent_unavailable",
    headers: { "Retry-After": /^[1-9]\d*$/ },
  }),
);

const executeTask: Case[] = [
  {
    title: "is accepted with the defaults of its agent",
    sends: { body: echo },
    status: 202,
    headers: { Location: /^\/api\/v2\/agents\/tasks\/task_/ },
    body: {
      id: expect.stringMatching(taskId),
      agent: "diagnostics",
      type: "diagnostics",
      payload: echo.payload,
      organization_id: "default",
      workspace_id: null,
      priority: "normal",
      max_attempts: 3,
      timeout_seconds: 1800,
      start_timeout_seconds: null,
      heartbeat_timeout_seconds: null,
      total_timeout_seconds: null,
      backoff: { initial_ms: 1_000, cap_ms: 300_000, factor: 2 },
      labels: {},
      result: null,
      error: null,
      created_by: expect.stringMatching(/^key_/),
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
    also: async (answer, world) => {
      const location = answer.headers.get("Location") ?? "";
      const { id } = z.object({ id: z.string() }).parse(answer.body);
      expect(location.endsWith(id)).toBe(true);
      expect(Object(answer.body)["trace_id"]).toBe(answer.headers.get("X-Trace-Id"));
      const read = await world.call("getTask", { params: { task_id: id }, query: { wait: 20 } });
      expect(read.body).toMatchObject({ status: "completed", result: { output: echo.payload.value } });
    },
  },
  {
    title: "is accepted with everything that it may say",
    sends: {
      body: {
        ...echo,
        agent: "diagnostics",
        workspace_id: "ws-said",
        organization_id: "default",
        priority: "batch",
        max_attempts: 20,
        timeout_seconds: 86_400,
        start_timeout_seconds: 31_536_000,
        heartbeat_timeout_seconds: 86_400,
        total_timeout_seconds: 31_536_000,
        backoff: { initial_ms: 1, cap_ms: 86_400_000 },
        delay_seconds: 3600,
        labels: { team: "blue" },
        secrets: [],
      },
    },
    status: 202,
    body: {
      status: "delayed",
      workspace_id: "ws-said",
      priority: "batch",
      max_attempts: 20,
      timeout_seconds: 86_400,
      start_timeout_seconds: 31_536_000,
      heartbeat_timeout_seconds: 86_400,
      total_timeout_seconds: 31_536_000,
      backoff: { initial_ms: 1, cap_ms: 86_400_000, factor: 2 },
      labels: { team: "blue" },
    },
  },
  {
    title: "takes the workspace that its payload names",
    sends: {
      body: {
        type: "opencode",
        delay_seconds: 3600,
        payload: { action: "explain", context: { workspace_id: "ws-named" } },
      },
    },
    status: 202,
    body: { agent: "opencode", workspace_id: "ws-named" },
  },
  ...refusedSubmissions,
  ...notServed,
];

const executeBatch: Case[] = [
  {
    title: "answers each task in its place: accepted, or refused for its own fault",
    sends: {
      body: {
        tasks: [
          echo,
          { type: "cobol", payload: {} },
          7,
          { ...echo, nope: 1 },
          { type: "nix", payload: { action: "build", flake: "." } },
          { ...echo, priority: "urgent" },
        ],
      },
    },
    status: 202,
    body: {
      tasks: [
        { index: 0, id: expect.stringMatching(taskId) },
        { index: 1, error: { code: "unsupported_type" } },
        { index: 2, error: { code: "validation_failed", validations: [{ field: "(body)" }] } },
        { index: 3, error: { code: "validation_failed", validations: [{ field: "nope" }] } },
        { index: 4, error: { code: "agent_unavailable" } },
        { index: 5, id: expect.stringMatching(taskId) },
      ],
    },
  },
  {
    title: "of more than 1 MiB is accepted",
    sends: {
      body: {
        tasks: Array.from({ length: 12 }, () => ({
          ...echo,
          delay_seconds: 3600,
          payload: { action: "echo", value: "x".repeat(100_000) },
        })),
      },
    },
    status: 202,
    also: ({ body }) => expect(Object(body)["tasks"]).toHaveLength(12),
  },
  {
    title: "without a task",
    sends: { body: { tasks: [] } },
    status: 400,
    code: "validation_failed",
    faults: { tasks: "at least one" },
  },
  {
    title: "of more than 1000 tasks",
    sends: { body: { tasks: Array.from({ length: 1001 }, () => echo) } },
    status: 400,
    code: "validation_failed",
    faults: { tasks: "at most 1000" },
  },
];

export const submissionCases = { executeTask, executeBatch };
