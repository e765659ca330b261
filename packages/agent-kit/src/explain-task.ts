/** Says what a task is waiting for, machine-readable: every reason that holds it, with a time where one is known. */
import { isFinal, type WhyReason } from "@drover/contracts";
import { type LocatedRow, QueueBoard, type Store, statusOf, waitsUntilMs } from "@drover/queue";
import type { AgentRegistry } from "./agent-registry.ts";

export async function explainTask(
  store: Store,
  registry: AgentRegistry,
  located: LocatedRow,
): Promise<WhyReason[]> {
  const { row } = located;
  const status = statusOf(row);
  if (isFinal(status)) return [{ code: "final", message: `The task has ended: ${status}.` }];
  const cancel: WhyReason[] =
    row.cancel === undefined
      ? []
      : [{ code: "cancel_requested", message: `A cancel was requested at ${row.cancel}.` }];
  switch (status) {
    case "running":
    case "waiting":
      return [...cancel, await running(store, located)];
    case "delayed":
      return [...cancel, delayed(located), ...(await holdingAgent(store, registry, located))];
    case "parked":
      return [...cancel, await parked(store, located)];
    case "queued": {
      const holding = await holdingAgent(store, registry, located);
      return [...cancel, ...holding, ...(await queuedBehind(store, located))];
    }
  }
}

async function running(store: Store, { shard, row }: LocatedRow): Promise<WhyReason> {
  const worker = await store.redis.hget(shard.task(row.spec.id), "worker");
  return {
    code: "running",
    message: `Attempt ${row.attempt} runs.`,
    ...(worker === null ? {} : { ref: worker }),
  };
}

function delayed({ row }: LocatedRow): WhyReason {
  const untilMs = waitsUntilMs(row);
  const because =
    row.error === undefined
      ? "It was submitted with a delay."
      : `The last attempt ended with ${row.error.code}.`;
  return {
    code: "delayed_until",
    message: because,
    ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
  };
}

async function parked(store: Store, { shard, row }: LocatedRow): Promise<WhyReason> {
  const { organization_id, workspace_id } = row.spec;
  const holder =
    workspace_id === null ? null : await store.redis.get(shard.slot(organization_id, workspace_id));
  return {
    code: "no_free_slot",
    message: `The workspace ${workspace_id ?? ""} runs one task at a time.`,
    ...(holder === null ? {} : { ref: holder }),
  };
}

/** What keeps the agent from taking any task. */
async function holdingAgent(
  store: Store,
  registry: AgentRegistry,
  { row }: LocatedRow,
): Promise<WhyReason[]> {
  const { agent: name } = row.spec;
  const [agent, counts] = await Promise.all([registry.agent(name), new QueueBoard(store).countsOf(name)]);
  const reasons: WhyReason[] = [];
  if (counts?.paused)
    reasons.push({ code: "queue_paused", message: `The queue ${name} is paused.`, ref: name });
  if (agent === null || agent.instances.length === 0) {
    reasons.push({ code: "no_live_worker", message: `No live worker serves ${name}.`, ref: name });
  } else if (agent.status === "unavailable") {
    reasons.push({
      code: "agent_unavailable",
      message: agent.reason ?? `${name} is unavailable.`,
      ref: name,
    });
  }
  return reasons;
}

async function queuedBehind(store: Store, { shard, row }: LocatedRow): Promise<WhyReason[]> {
  const rank = await store.redis.zrank(shard.waiting(row.spec.agent), row.spec.id);
  if (rank === null) return [{ code: "queued_behind", message: "A worker is about to take it." }];
  return [
    {
      code: "queued_behind",
      message: `${rank} tasks of ${row.spec.agent} that became ready earlier also wait; fair share decides who is next.`,
    },
  ];
}
