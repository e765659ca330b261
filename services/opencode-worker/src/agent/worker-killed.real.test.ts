import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type DemoModel, startDemoModel } from "@drover/demo-model";
import { descendantsOf, eventually, isRunning } from "@drover/testing";
import { afterEach, beforeEach, test } from "vitest";

const workerFile = fileURLToPath(new URL("./worker-killed.fixture.ts", import.meta.url));

let folder: string;
let model: DemoModel;
let worker: ChildProcess;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "drover-killed-")));
  model = await startDemoModel();
  const settings = {
    PATH: process.env["PATH"],
    DROVER_MODEL_BASE_URL: model.url,
    DROVER_WORKSPACES_DIR: join(folder, "workspaces"),
    DROVER_WORKSPACES_CREATE: "true",
    DROVER_STATE_DIR: join(folder, "state"),
  };
  const node = ["--conditions=@drover/source", "--import", "tsx", workerFile];
  const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  worker = spawn(process.execPath, [...node, ...pairs], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  if (worker.stdout === null) throw new Error("no stdout");
  await once(createInterface(worker.stdout), "line");
});
afterEach(async () => {
  worker.kill("SIGKILL");
  await model[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test.each(["the worker alone", "the worker's whole process group"])(
  "when %s is killed, neither the server, nor its commands, nor the guardian stay",
  async (victim) => {
    const pid = Number(worker.pid);
    const below = await eventually(async () => {
      const entries = await descendantsOf(pid);
      return ["guardian", "opencode serve", "sleep 600"].every((word) =>
        entries.some((entry) => entry.command.includes(word)),
      )
        ? entries
        : false;
    });
    process.kill(victim === "the worker alone" ? pid : -pid, "SIGKILL");
    await eventually(
      async () => {
        const left: string[] = [];
        for (const entry of below) if (await isRunning(entry.pid)) left.push(`${entry.pid} ${entry.command}`);
        if (left.length > 0) throw new Error(left.join(", "));
      },
      { deadlineMs: 8_000 },
    );
  },
);

test("a signal to end that also reaches the guardian does not stop it from its work", async () => {
  const pid = Number(worker.pid);
  const below = await descendantsOf(pid);
  const guardian = below.find((entry) => entry.command.includes("guardian"));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.kill(Number(guardian?.pid), signal);
  worker.kill("SIGKILL");
  await eventually(
    async () => {
      for (const entry of below) if (await isRunning(entry.pid)) throw new Error(entry.command);
    },
    { deadlineMs: 8_000 },
  );
});
