import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anAgentTask, recordedContext } from "@drover/agent-kit/conformance";
import { RetryableFailure } from "@drover/errors";
import { createLogger } from "@drover/observability";
import { afterEach, expect, test } from "vitest";
import { createDockerAgent } from "./docker-agent.ts";

const run = anAgentTask({ type: "docker", payload: { action: "run", image: "debian:trixie" } });
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const agentAt = (host: string) =>
  createDockerAgent({
    address: { host, certPath: undefined },
    images: ["*"],
    limits: { memoryMb: 64, memoryMbMax: 64, cpus: 1, cpusMax: 1, pids: 64 },
    contextMbMax: 16,
    workspacesRoot: undefined,
    logger: createLogger({ service: "test", level: "silent" }),
  });

/** An engine behind a socket that answers as `answer` does. */
async function engine(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "drover-engine-"));
  const server: Server = createServer(answer ?? (() => {}));
  await new Promise<void>((resolve) => server.listen(join(folder, "engine.sock"), resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  return `unix://${join(folder, "engine.sock")}`;
}

test("without an engine the agent says so and its tasks are tried again", async () => {
  await using agent = await agentAt("unix:///nowhere/engine.sock");
  expect(agent.health()).toEqual({
    status: "unavailable",
    reason: "The Docker engine does not answer (ENOENT).",
  });
  const execution = agent.execute(run, recordedContext());
  await expect(execution).rejects.toBeInstanceOf(RetryableFailure);
  await expect(execution).rejects.toMatchObject({ code: "docker_unavailable" });
});

test("an engine that takes connections and never answers counts as down", async () => {
  await using agent = await agentAt(await engine(() => {}));
  expect(agent.health()).toMatchObject({ status: "unavailable", reason: expect.stringContaining("2000 ms") });
});

test("the engine's own faults are tried again, its refusals are not", async () => {
  const host = await engine((request, response) => {
    const status = request.url?.includes("create") ? 400 : request.url?.includes("_ping") ? 200 : 500;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ message: `status ${status}` }));
  });
  await using agent = await agentAt(host);
  expect(agent.health().status).toBe("available");
  await expect(agent.execute(run, recordedContext())).rejects.toMatchObject({
    name: "RetryableFailure",
    code: "docker_failed",
    message: "The engine could not look at the image: status 500",
  });
});
