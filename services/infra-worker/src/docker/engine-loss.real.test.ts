import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { recordedContext } from "@drover/agent-kit/conformance";
import { describe, expect, test } from "vitest";
import { CutConnections } from "../testing/cut-connections.ts";
import { EngineBench, whyNoEngine } from "../testing/real-engine.ts";
import { removeExpiredContainers } from "./expired-containers.ts";
import { labelNames } from "./labels.ts";

const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const reason = host.startsWith("unix://") ? await whyNoEngine(host) : `${host} is no Unix socket`;
const skipped = reason === null ? "" : ` (skipped: ${reason})`;

describe.skipIf(reason !== null)(`losing the engine or the worker${skipped}`, () => {
  test("when the connection breaks the task is tried again and takes its container over", async () => {
    await using bench = new EngineBench(host);
    await using proxy = await CutConnections.before(host.slice("unix://".length));
    await using agent = await bench.agent({ address: { host: `unix://${proxy.path}`, certPath: undefined } });
    const task = bench.shell("echo one; sleep 3; echo two");
    const first = recordedContext();
    const lost = agent.execute(task, first);
    lost.catch(() => undefined);
    await expect.poll(() => first.outputs).toEqual([{ stream: "stdout", text: "one\n" }]);
    proxy.cut();
    await expect(lost).rejects.toMatchObject({ name: "RetryableFailure", code: "docker_unavailable" });
    expect(await bench.containers()).toHaveLength(1);
    proxy.mend();
    const { output } = await agent.execute({ ...task, attempt: 2, delivery: 2 }, recordedContext());
    expect(output).toMatchObject({ exit_code: 0, stdout: "one\ntwo\n" });
    expect(output).toMatchObject({ container_id: first.progressed[0]?.["container_id"] });
    expect(await bench.containers()).toEqual([]);
  });

  test("when the worker is killed the next one takes the container over, ended or not", async () => {
    await using bench = new EngineBench(host);
    const task = bench.shell("echo one; sleep 1; echo two");
    const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      const { EngineBench } = await import(${module("../testing/real-engine.ts")});
      const { recordedContext } = await import("@drover/agent-kit/conformance");
      const agent = await new EngineBench(${JSON.stringify(host)}).agent();
      const context = recordedContext();
      agent.execute(${JSON.stringify(task)}, context);
      await context.started;
      console.log(context.progressed[0].container_id);`;
    const flags = ["--conditions", "@drover/source", "--import", "tsx", "--input-type=module", "-e", script];
    const worker = spawn(process.execPath, flags, {
      cwd: new URL(".", import.meta.url),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [id] = await once(createInterface(worker.stdout), "line");
    worker.kill("SIGKILL");
    await once(worker, "exit");
    const running = async () => (await bench.engine.docker.getContainer(String(id)).inspect()).State.Running;
    await expect.poll(running, { timeout: 10_000 }).toBe(false);
    await using agent = await bench.agent();
    const { output } = await agent.execute({ ...task, delivery: 2 }, recordedContext());
    expect(output).toEqual({
      container_id: id,
      exit_code: 0,
      stdout: "one\ntwo\n",
      stderr: "",
      truncated: false,
    });
    expect(await bench.containers()).toEqual([]);
  });

  test("a container that nobody took over is removed once it has expired, and no other is", async () => {
    await using bench = new EngineBench(host);
    const task = bench.shell("sleep 600");
    const create = async (expires: string) => {
      const labels = {
        [labelNames.organization]: bench.organizationId,
        [labelNames.task]: task.id,
        [labelNames.expires]: expires,
      };
      const { id } = await bench.engine.docker.createContainer({
        Image: "debian:trixie-slim",
        Cmd: ["sleep", "600"],
        Labels: labels,
      });
      await bench.engine.docker.getContainer(id).start();
      return id;
    };
    await create("2020-01-01T00:00:00.000Z");
    const kept = await create("2999-01-01T00:00:00.000Z");
    expect(
      await removeExpiredContainers(bench.engine, new AbortController().signal, new Date()),
    ).toHaveLength(1);
    expect(await bench.containers()).toHaveLength(1);
    expect((await bench.engine.docker.getContainer(kept).inspect()).State.Running).toBe(true);
  });
});
