import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDemoModel } from "@drover/demo-model";
import { eventually } from "@drover/testing";
import { describe, expect, test } from "vitest";
import { DockerLab } from "../instance/docker/docker-lab.fixture.ts";

const workerFile = fileURLToPath(new URL("./worker-killed.fixture.ts", import.meta.url));
const lab = new DockerLab(process.env);
const missing = await lab.whyNot();
const skipped = missing === null ? "" : ` (skipped: ${missing})`;

describe.skipIf(missing !== null)(`a worker with containers${skipped}`, () => {
  test("that is killed and never starts again leaves no container", { timeout: 300_000 }, async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "drover-killed-")));
    await using model = await startDemoModel();
    const settings = {
      PATH: process.env["PATH"],
      DOCKER_HOST: process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock",
      DROVER_MODEL_BASE_URL: model.url,
      DROVER_OPENCODE_RUNTIMES: "docker",
      DROVER_WORKSPACES_DIR: join(folder, "workspaces"),
      DROVER_WORKSPACES_CREATE: "true",
      DROVER_STATE_DIR: join(folder, "state"),
      DROVER_WORKER_NAME: "killed",
    };
    const node = ["--conditions=@drover/source", "--import", "tsx", workerFile];
    const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const worker = spawn(process.execPath, [...node, ...pairs], { stdio: ["ignore", "pipe", "inherit"] });
    const containers = () => lab.containersOf({ workerFolder: join(folder, "state", "killed") });
    try {
      await once(createInterface(worker.stdout), "line");
      expect(await containers()).toHaveLength(1);
      worker.kill("SIGKILL");
      await eventually(async () => (await containers()).length === 0, {
        deadlineMs: 120_000,
        intervalMs: 500,
      });
    } finally {
      worker.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    }
  });
});
