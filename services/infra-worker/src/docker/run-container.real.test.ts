import type { Agent } from "@drover/agent-kit";
import { agentConformance, recordedContext } from "@drover/agent-kit/conformance";
import { CancelledFailure, PermanentFailure, RetryableFailure } from "@drover/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineBench, testImage, whyNoEngine } from "../testing/real-engine.ts";

const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const reason = await whyNoEngine(host);

describe.skipIf(reason !== null)(
  `run on a real engine${reason === null ? "" : ` (skipped: ${reason})`}`,
  () => {
    let bench: EngineBench;
    let agent: Agent;

    beforeAll(async () => {
      bench = new EngineBench(host);
      agent = await bench.agent();
    });
    afterAll(async () => {
      await agent?.[Symbol.asyncDispose]();
      await bench?.[Symbol.asyncDispose]();
    });

    agentConformance("docker", async () => {
      const own = new EngineBench(host);
      return {
        agent: await own.agent(),
        quickTask: () => own.shell("echo hello"),
        endlessTask: () => own.shell("echo up; sleep 600"),
        invalidTask: () => own.task({ action: "run" }),
        leftovers: () => own.containers(),
        [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
      };
    });

    test("the result has exit code, output and errors, and the container is gone", async () => {
      const context = recordedContext();
      const task = bench.shell("echo to out; echo to err >&2; echo $GREETING", {
        environment: { GREETING: "hé" },
      });
      const { output } = await agent.execute(task, context);
      expect(output).toMatchObject({
        exit_code: 0,
        stdout: "to out\nhé\n",
        stderr: "to err\n",
        truncated: false,
      });
      expect(context.outputs.filter((data) => data["stream"] === "stderr")).toEqual([
        { stream: "stderr", text: "to err\n" },
      ]);
      expect(await bench.containers()).toEqual([]);
    });

    test("a container that ends with an error fails the task for good with the end of its errors", async () => {
      const execution = agent.execute(
        bench.shell("echo working; echo no such thing >&2; exit 3"),
        recordedContext(),
      );
      await expect(execution).rejects.toBeInstanceOf(PermanentFailure);
      await expect(execution).rejects.toMatchObject({
        code: "container_failed",
        message: "The container ended with exit code 3: no such thing",
      });
      expect(await bench.containers()).toEqual([]);
    });

    test("a container has no privileges, no network and no way to get more", async () => {
      const script =
        "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; ls /sys/class/net; mount | grep -c docker.sock";
      const { output } = await agent.execute(bench.shell(`${script}; true`), recordedContext());
      expect(output).toMatchObject({
        stdout: [
          "CapEff:\t0000000000000000",
          "CapBnd:\t0000000000000000",
          "NoNewPrivs:\t1",
          "Seccomp:\t2",
          "lo",
          "0",
          "",
        ].join("\n"),
      });
    });

    test("a container that takes more memory than it may is ended and says so", async () => {
      const command = [
        "bash",
        "-c",
        "set -o pipefail; head -c 200000000 /dev/zero | tail -c 190000000 | wc -c",
      ];
      const execution = agent.execute(bench.shell("", { memory_mb: 32, command }), recordedContext());
      await expect(execution).rejects.toMatchObject({
        code: "container_failed",
        message: expect.stringContaining("ran out of memory"),
      });
    });

    test("a task may not ask for more than the worker gives", async () => {
      const execution = agent.execute(bench.shell("true", { memory_mb: 1024 }), recordedContext());
      await expect(execution).rejects.toMatchObject({
        code: "invalid_payload",
        message: expect.stringContaining("at most 256"),
      });
    });

    test("output without end is bounded in the result and in events", async () => {
      const context = recordedContext();
      const { output } = await agent.execute(
        bench.shell("yes 0123456789 | head -c 20000000; echo; echo the end"),
        context,
      );
      expect(output).toMatchObject({ truncated: true, stdout: expect.stringMatching(/the end\n$/) });
      expect(JSON.stringify(output).length).toBeLessThan(150_000);
      expect(JSON.stringify(context.outputs).length).toBeLessThan(5_000_000);
      expect(context.outputs.some((data) => Number(data["skipped"]) > 0)).toBe(true);
    });

    test("a command that is not in the image fails the task for good", async () => {
      const task = bench.task({ action: "run", image: testImage, command: ["no-such-command"] });
      await expect(agent.execute(task, recordedContext())).rejects.toMatchObject({
        code: "container_failed",
      });
      expect(await bench.containers()).toEqual([]);
    });

    test("an image that is not allowed is refused before anything is pulled", async () => {
      await using strict = await bench.agent({ images: ["debian:*"] });
      const context = recordedContext();
      await expect(
        strict.execute(bench.task({ action: "run", image: "evil/debian:1" }), context),
      ).rejects.toMatchObject({
        code: "image_not_allowed",
      });
      expect(context.progressed).toEqual([]);
      await strict.execute(bench.shell("true"), recordedContext());
    });

    test("a task whose worker lost its hold leaves the container, and the next start takes it over", async () => {
      const task = bench.shell("echo started; sleep 2; echo ended");
      const abort = new AbortController();
      const first = recordedContext(abort.signal);
      const lost = agent.execute(task, first).catch((error: unknown) => error);
      await first.started;
      abort.abort(new RetryableFailure("lock_lost", "Lost."));
      await lost;
      const context = recordedContext();
      const { output } = await agent.execute({ ...task, delivery: 2, attempt: 2 }, context);
      expect(output).toMatchObject({ exit_code: 0, stdout: "started\nended\n" });
      expect(output).toMatchObject({ container_id: first.progressed[0]?.["container_id"] });
      expect(context.progressed).toContainEqual(expect.objectContaining({ adopted: true }));
      expect(await bench.containers()).toEqual([]);
    });

    test("of two workers that run the same task at once, one container comes", async () => {
      const task = bench.shell("echo once; sleep 1");
      await using other = await bench.agent();
      const contexts = [recordedContext(), recordedContext()];
      const results = await Promise.allSettled([
        agent.execute(task, contexts[0] ?? recordedContext()),
        other.execute(task, contexts[1] ?? recordedContext()),
      ]);
      expect(results.map(({ status }) => status)).toContain("fulfilled");
      const ids = contexts.flatMap(({ progressed }) => progressed.map((data) => data["container_id"]));
      expect(new Set(ids).size).toBe(1);
      expect(await bench.containers()).toEqual([]);
    });

    test("a detached container goes on, and only its own organization can see and stop it", async () => {
      const run = {
        ...bench.shell("echo up; sleep 600", { detach: true, environment: { TOKEN: "hunter2" } }),
        workspaceId: "ws-1",
      };
      const { output } = await agent.execute(run, recordedContext());
      expect(output).toEqual({
        container_id: expect.stringMatching(/^[0-9a-f]{64}$/),
        name: `drover-${run.id}`,
      });
      const container = `drover-${run.id}`;
      const again = await agent.execute({ ...run, delivery: 2 }, recordedContext());
      expect(again.output).toEqual(output);

      const about = await agent.execute(bench.task({ action: "inspect", container }), recordedContext());
      expect(about.output).toMatchObject({
        name: container,
        task_id: run.id,
        workspace_id: "ws-1",
        state: { running: true, exit_code: null },
        limits: { memory_mb: 128, cpus: 1, pids: 64 },
        network: "none",
      });
      expect(JSON.stringify(about)).not.toContain("hunter2");
      await expect
        .poll(
          async () =>
            (await agent.execute(bench.task({ action: "logs", container }), recordedContext())).output,
        )
        .toMatchObject({ stdout: "up\n", running: true, exit_code: null });

      for (const action of ["inspect", "logs", "stop"]) {
        const call = (payload: Record<string, unknown>, organizationId = bench.organizationId) =>
          agent
            .execute(bench.task(payload, { organizationId }), recordedContext())
            .catch((error: unknown) => error);
        const missing = await call({ action, container: "no-such" });
        expect(missing).toMatchObject({ name: "PermanentFailure", code: "not_found" });
        expect(await call({ action, container }, "other")).toEqual(missing);
      }
      const stop = bench.task({ action: "stop", container, grace_seconds: 0, remove: true });
      expect((await agent.execute(stop, recordedContext())).output).toMatchObject({
        name: container,
        removed: true,
      });
      expect(await bench.containers()).toEqual([]);
    });

    test("cancelling kills the container", async () => {
      const abort = new AbortController();
      const context = recordedContext(abort.signal);
      const ended = agent
        .execute(bench.shell("trap '' TERM; echo up; sleep 600"), context)
        .catch((error: unknown) => error);
      await context.started;
      abort.abort(new CancelledFailure());
      expect(await ended).toBeInstanceOf(CancelledFailure);
      await expect.poll(() => bench.containers(), { timeout: 10_000 }).toEqual([]);
    });
  },
);
