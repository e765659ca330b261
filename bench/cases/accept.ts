/** Accepting over HTTP: `POST /execute` with all its checks against bare Express with one `queue.add` for each request. */
import { basePath, diagnostics } from "@drover/contracts";
import { Queue } from "bullmq";
import { rawPrefix, rawQueues } from "../baseline/raw-queues.ts";
import type { BenchOptions } from "../bench-options.ts";
import { load } from "../measure/http-load.ts";
import { interleave, type Sample } from "../measure/interleave.ts";
import { processorTimeOf } from "../measure/processor-time.ts";
import { percentile } from "../measure/statistics.ts";
import type { Comparison } from "../report/results.ts";
import type { World } from "../world.ts";
import { noOpData, untilTasksAre } from "./no-op-tasks.ts";

const measured = [
  {
    name: "accepted",
    what: "POST /execute over HTTP against bare Express with one queue.add",
    unit: "requests/s",
    goal: { kind: "at_least", ratio: 0.6 },
  },
  { name: "accept_p50", what: "the same, median latency", unit: "ms" },
  { name: "accept_p99", what: "the same, 99th percentile", unit: "ms" },
  { name: "accept_server_time", what: "processor time of the server for a request", unit: "µs/request" },
] as const;

export async function measureAccepting(world: World, options: BenchOptions): Promise<Comparison[]> {
  const { stack, express, queues, store } = world;
  const accepted = new Queue(rawQueues.accepted, { connection: store.redis, prefix: rawPrefix });
  const round = async (serverPid: number | null, target: { origin: string; path: string; body: unknown }) => {
    let sample: Sample = {};
    const spent = await processorTimeOf({ server: serverPid }, async () => {
      const { perSecond, latenciesMs } = await load({
        origin: target.origin,
        path: target.path,
        headers: { "coder-session-token": stack.key },
        body: () => target.body,
        requests: options.acceptsPerRound,
        inFlight: options.requestsInFlight,
      });
      sample = {
        accepted: perSecond,
        accept_p50: percentile(latenciesMs, 0.5),
        accept_p99: percentile(latenciesMs, 0.99),
      };
    });
    return { ...sample, accept_server_time: (spent.get("server") ?? 0) / options.acceptsPerRound };
  };
  return await interleave(
    options.rounds,
    {
      baseline: async () => {
        const sample = await round(express.pid, {
          origin: `http://127.0.0.1:${express.port}`,
          path: "/execute",
          body: noOpData,
        });
        await accepted.drain();
        return sample;
      },
      drover: async () => {
        // Nothing is executed meanwhile, as on the other side.
        await queues.pause(diagnostics.name, "bench");
        const sample = await round(stack.service("api-gateway").pid, {
          origin: stack.url,
          path: `${basePath}/execute`,
          body: { type: diagnostics.name, payload: noOpData },
        });
        await queues.resume(diagnostics.name);
        await untilTasksAre(world, 0);
        return sample;
      },
    },
    measured,
  );
}
