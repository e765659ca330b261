import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instance as Registration } from "@drover/contracts";
import { newId } from "@drover/contracts";
import { startDemoModel } from "@drover/demo-model";
import { AddressRules } from "@drover/instances";
import { eventually, startOpenCode, type TestOpenCode, trackLeaks } from "@drover/testing";
import { afterAll } from "vitest";
import { isHealthy } from "./health-probe.ts";
import { providerId } from "./instance-config.ts";
import { type RuntimeSubject, runtimeConformance } from "./instance-runtime.conformance.ts";
import type { Instance } from "./instance-runtime.ts";
import { aRegistration } from "./registration.fixture.ts";
import { connectDirectly } from "./remote-connection.ts";
import { RemoteRuntime } from "./remote-runtime.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const password = "of-the-workspace-hush";
const wrongId = newId("instance");

/** Each workspace has a server of its own. The worker holds connections and nothing else: they are what may be left over. */
async function remoteSubject(): Promise<RuntimeSubject> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "drover-remote-suite-")));
  const model = await startDemoModel();
  const servers = new Map<string, TestOpenCode>();
  const started = new Map<string, Instance>();
  const restarts = new Map<string, Promise<void>>();
  const runtime = new RemoteRuntime({
    connect: connectDirectly({
      rules: new AddressRules(["127.0.0.1"]),
      password: async (id) => (id === wrongId ? "wrong" : password),
    }),
  });
  const workspace = async (id = newId("instance")) => {
    const workspaceId = `ws-${servers.size + 1}`;
    const directory = join(root, workspaceId);
    await mkdir(directory);
    const server = await startOpenCode({ directory, modelUrl: model.url, password, provider: providerId });
    servers.set(workspaceId, server);
    return {
      organizationId: "default",
      workspaceId,
      directory,
      registration: registration({ id, url: server.url, directory, workspace_id: workspaceId }),
    };
  };
  return {
    runtime: {
      async start(spec, signal) {
        await restarts.get(spec.workspaceId);
        const instance = await runtime.start(spec, signal);
        started.set(spec.workspaceId, instance);
        // It is busy with the folder that was just opened; the suite wants an answer within seconds.
        await eventually(() => isHealthy(instance, 2_000), { deadlineMs: 30_000 });
        return instance;
      },
      [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
    },
    workspace,
    async kill(instance) {
      const server = servers.get(instance.spec.workspaceId);
      await server?.kill();
      // Whose server it is brings it back.
      const back = instance.exited.then(() => server?.restart());
      restarts.set(instance.spec.workspaceId, back);
    },
    secrets: async () => [password],
    failingStart: async () => await runtime.start(await workspace(wrongId), new AbortController().signal),
    async leftovers() {
      const unused = [...servers].filter(([workspaceId]) => started.get(workspaceId)?.alive !== true);
      const ports = unused.map(([, { url }]) => Number(new URL(url).port));
      // Not left over is one that is just being closed, or that the test itself keeps alive for some seconds.
      const none = async () => (await connectionsTo(ports)).length === 0;
      await eventually(none, { deadlineMs: 8_000 }).catch(() => undefined);
      return await connectionsTo(ports);
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers.values()) await server[Symbol.asyncDispose]();
      await model[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function registration(fields: Pick<Registration, "id" | "url" | "directory" | "workspace_id">): Registration {
  return aRegistration({ runtime: "remote", version: "1.18.33", ...fields });
}

/** Established connections of this machine to these ports. */
async function connectionsTo(ports: readonly number[]): Promise<string[]> {
  const table = (await readFile("/proc/net/tcp", "utf8")).split("\n").slice(1);
  return table.flatMap((row) => {
    const [, , remote = "", state] = row.trim().split(/\s+/);
    const port = Number.parseInt(remote.split(":")[1] ?? "", 16);
    return state === "01" && ports.includes(port) ? [`a connection to port ${port}`] : [];
  });
}

runtimeConformance("remote", remoteSubject);
