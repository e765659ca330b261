/**
 * Runs workflows: begins a run, enqueues what is ready as children of its job, parks, and concludes it when BullMQ wakes
 * it. It holds no worker while steps run. The runs' control steps have their jobs in the same queue, under their tasks' ids.
 */
import { type FinalStatus, idPrefixes } from "@drover/contracts";
import { currentTraceparent, SpanKind, withCorrelation, withSpan } from "@drover/observability";
import { Consumer, type JobOutcome, type Shard, type Store } from "@drover/queue";
import { concludeRun, RunEngine } from "@drover/workflow";
import { createControlRunner } from "../control/create-control-runner.ts";

/** Resuming wakes a paused run; this is when it looks by itself. */
const pausedMs = 24 * 3600 * 1000;

export interface RunConsumerOptions {
  readonly store: Store;
  readonly concurrency: number;
  readonly lockMs: number;
}

export function startRunConsumer(options: RunConsumerOptions): Consumer {
  const engine = new RunEngine(options.store);
  const control = createControlRunner(options.store, engine);
  return new Consumer({
    ...options,
    queue: "workflow",
    handle: (shard, id) =>
      id.startsWith(`${idPrefixes.task}_`)
        ? control.handle(shard, id)
        : withCorrelation({ workflow_id: id }, () => advance(options.store, engine, shard, id)),
  });
}

async function advance(store: Store, engine: RunEngine, shard: Shard, runId: string): Promise<JobOutcome> {
  const run = await engine.specs.get(shard, runId);
  if (run === null) return { kind: "dead", reason: "The ledger does not know this run." };
  const own = await store.redis.hget(shard.run(runId), "traceparent");
  const { name } = run.spec.definition;
  const span = own ? `workflow ${name} resume` : `workflow ${name}`;
  const options = {
    kind: SpanKind.CONSUMER,
    attributes: { "drover.workflow.id": runId },
    traceparent: own || run.spec.traceparent,
  };
  return await withSpan(span, options, async () => {
    const begun = await engine.begin(shard, runId, currentTraceparent());
    if (begun.kind === "missing") return { kind: "dead", reason: "The ledger does not know this run." };
    if (begun.kind === "final") return endOf(begun.status);
    const conclusion = await concludeRun(store, shard, begun.run);
    if (conclusion.kind === "ended") {
      store.logger.info({ status: conclusion.status }, "run ended");
      return endOf(conclusion.status);
    }
    if (conclusion.kind === "paused") return { kind: "later", untilMs: Date.now() + pausedMs };
    const ready = await engine.enqueueReady(shard, runId);
    store.logger.info({ ready }, "run waits for its steps");
    return { kind: "children" };
  });
}

function endOf(status: FinalStatus): JobOutcome {
  return status === "failed" ? { kind: "dead", reason: "One or more steps failed." } : { kind: "done" };
}
