/** OpenCode: its tasks, its instances, its plugins. */
import { expect } from "vitest";
import { z } from "zod";
import { create, prefix } from "../../e2e/api.ts";
import type { Case } from "../case.ts";
import { uniqueName, type World } from "../world.ts";

const workspaceTask = (prompt: string, workspace: string) => ({
  type: "opencode",
  payload: { action: "prompt", prompt, context: { workspace_id: workspace } },
});

export async function register(
  world: World,
  workspace = uniqueName("ws-instance"),
  more: { readonly runtime?: "remote"; readonly organization?: string } = {},
): Promise<string> {
  const { runtime = "process", organization = "default" } = more;
  const body = { workspace_id: workspace, organization_id: organization, runtime };
  return await create(world.stack, `${prefix}/opencode/register`, body);
}

const submitOpenCodeTask: Case[] = [
  {
    title: "is accepted",
    sends: { body: { ...workspaceTask("write a.txt: a", "ws-later"), delay_seconds: 3600 } },
    status: 202,
    headers: { Location: /^\/api\/v2\/agents\/opencode\/tasks\/task_/ },
    body: { agent: "opencode", type: "opencode", workspace_id: "ws-later", status: "delayed" },
  },
  {
    title: "is accepted to work apart",
    sends: {
      body: {
        type: "opencode",
        payload: {
          action: "prompt",
          prompt: "x",
          isolation: "worktree",
          context: { workspace_id: "ws-later" },
        },
        delay_seconds: 3600,
      },
    },
    status: 202,
    body: { status: "delayed", payload: { isolation: "worktree" } },
  },
  {
    title: "of another type",
    sends: { body: { type: "diagnostics", payload: { action: "echo", value: 1 } } },
    status: 400,
    code: "unsupported_type",
    faults: { type: "opencode" },
  },
  {
    title: "names every fault of its payload",
    sends: {
      body: {
        type: "opencode",
        payload: {
          action: "prompt",
          isolation: "own",
          session_id: "1",
          context: { workspace_id: "a/b" },
        },
      },
    },
    status: 400,
    code: "validation_failed",
    faults: {
      "payload.prompt": "expected string",
      "payload.isolation": "worktree",
      "payload.session_id": "ses_",
      "payload.context.workspace_id": "must be letters",
      workspace_id: "is required",
    },
  },
];

const getOpenCodeTask: Case[] = [
  {
    title: "tells what OpenCode did",
    sends: async (world) => ({
      params: {
        task_id: await create(
          world.stack,
          `${prefix}/opencode/tasks`,
          workspaceTask("write hello.txt: hello", "ws-contract"),
        ),
      },
      query: { wait: 60 },
    }),
    status: 200,
    body: {
      status: "completed",
      result: {
        output: {
          summary: expect.any(String),
          session_id: expect.stringMatching(/^ses_/),
          files: [{ path: "hello.txt", status: "added", additions: 1, deletions: 0 }],
        },
        artifacts: [{ name: "hello.txt", content: "hello\n", size_bytes: 6 }],
        usage: { input_tokens: expect.any(Number) },
      },
    },
  },
  {
    title: "of a task of another agent",
    sends: async (world) => ({ params: { task_id: await world.submitLater() } }),
    status: 404,
    code: "not_found",
  },
];

const registerInstance: Case[] = [
  {
    title: "of a folder beside the worker",
    sends: {
      body: {
        workspace_id: "ws-registered",
        runtime: "process",
        trusted: true,
        capabilities: ["go"],
        labels: { ide: "code" },
      },
    },
    status: 201,
    body: {
      id: expect.stringMatching(/^inst_/),
      workspace_id: "ws-registered",
      organization_id: "default",
      runtime: "process",
      url: null,
      version: null,
      status: "starting",
      trusted: true,
      plugins: ["go"],
      labels: { ide: "code" },
      heartbeat_seconds: expect.any(Number),
      directory: null,
      expires_at: expect.any(String),
    },
  },
  {
    title: "names every fault",
    sends: {
      body: { workspace_id: "", runtime: "vm", url: "ftp://x", directory: "here", labels: { a: 1 }, nope: 1 },
    },
    status: 400,
    code: "validation_failed",
    faults: {
      workspace_id: "must be letters",
      runtime: "process",
      url: "Invalid URL",
      directory: "start with",
      "labels.a": "expected string",
      nope: "not a known field",
    },
  },
  {
    title: "that dials out, so that nobody need know where it is",
    sends: { body: { workspace_id: "ws-dials-out", runtime: "remote" } },
    status: 201,
    body: { workspace_id: "ws-dials-out", runtime: "remote", url: null, version: null, status: "starting" },
  },
  {
    title: "that dials out and gives its password away",
    sends: { body: { workspace_id: "ws-dials-out", runtime: "remote", password: "hush" } },
    status: 400,
    code: "validation_failed",
    faults: { password: "dials out" },
  },
  {
    title: "with a password in its address",
    sends: { body: { workspace_id: "ws-remote", runtime: "remote", url: "http://a:hush@example.com/" } },
    status: 400,
    code: "validation_failed",
    faults: { url: "user name or password" },
    also: ({ text }) => expect(text).not.toContain("hush"),
  },
  ...["http://127.0.0.1:6379/", "http://169.254.169.254/", "http://[::1]:80/", "http://localhost/"].map(
    (url): Case => ({
      title: `at ${url}, where only the gateway itself could reach`,
      sends: { body: { workspace_id: "ws-remote", runtime: "remote", url } },
      status: 400,
      code: "address_not_allowed",
      faults: { url: "not served" },
    }),
  ),
  {
    title: "at a name that does not resolve",
    sends: { body: { workspace_id: "ws-remote", runtime: "remote", url: "http://nowhere.invalid/" } },
    status: 400,
    code: "instance_unreachable",
  },
  {
    title: "in a container, where no worker serves those",
    sends: { body: { workspace_id: "ws-remote", runtime: "docker" } },
    status: 400,
    code: "runtime_not_supported",
    faults: { runtime: "not served" },
  },
];

const heartbeatInstance: Case[] = [
  {
    title: "makes an instance ready",
    sends: async (world) => ({ params: { instance_id: await register(world) } }),
    status: 200,
    body: { status: "ready" },
  },
];

const openTunnel: Case[] = [
  {
    title: "without asking for a WebSocket",
    sends: async (world) => ({
      params: { instance_id: await register(world, uniqueName("ws-tunnel"), { runtime: "remote" }) },
    }),
    status: 426,
    code: "upgrade_required",
    headers: { Upgrade: "websocket" },
  },
];

const deleteInstance: Case[] = [
  {
    title: "forgets an instance",
    sends: async (world) => ({ params: { instance_id: await register(world) } }),
    status: 204,
  },
];

const listInstances: Case[] = [
  {
    title: "pages newest first",
    sends: async (world) => {
      const organization = uniqueName("org-instances");
      for (let n = 0; n < 3; n += 1) await register(world, `ws-${n}`, { organization });
      return { query: { q: `organization:${organization} runtime:process status:starting`, limit: 2 } };
    },
    status: 200,
    body: { count: 3 },
    also: async ({ body }, world) => {
      const page = z.object({
        instances: z.array(z.object({ id: z.string(), organization_id: z.string() })),
      });
      const { instances } = page.parse(body);
      const query = {
        q: `organization:${instances[0]?.organization_id}`,
        after_id: instances.at(-1)?.id ?? "",
      };
      const rest = page.parse((await world.call("listInstances", { query })).body);
      const ids = [...instances, ...rest.instances].map(({ id }) => id);
      expect(ids).toHaveLength(3);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
    },
  },
];

const listPlugins: Case[] = [
  {
    title: "tells what a workspace's OpenCode has",
    sends: async (world) => {
      const id = await create(
        world.stack,
        `${prefix}/opencode/tasks`,
        workspaceTask("say hi", "ws-contract"),
      );
      await world.stack.client.waitForTask(id, { timeoutMs: 60_000 });
      return { query: { workspace_id: "ws-contract" } };
    },
    status: 200,
    also: ({ body }) => {
      const { plugins, count } = z
        .object({ plugins: z.array(z.object({ kind: z.string(), name: z.string() })), count: z.number() })
        .parse(body);
      expect(plugins).toHaveLength(count);
      expect(plugins).toContainEqual(expect.objectContaining({ kind: "agent", name: "build" }));
    },
  },
  {
    title: "of a workspace that nobody has",
    sends: { query: { workspace_id: "ws-nobody" } },
    status: 200,
    body: { plugins: [], count: 0 },
  },
];

export const openCodeCases = {
  submitOpenCodeTask,
  getOpenCodeTask,
  registerInstance,
  heartbeatInstance,
  openTunnel,
  deleteInstance,
  listInstances,
  listPlugins,
};
