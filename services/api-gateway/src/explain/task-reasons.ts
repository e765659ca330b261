/** Why a task is where it is: every reason that holds, from the ledger, the registry and the queue. */
import { isFinal, type WhyReason } from "@drover/contracts";
import { type LocatedRow, statusOf, waitsUntilMs } from "@drover/queue";
import type { Services } from "../services.ts";
import { circuitReasons } from "./circuit-reasons.ts";

export async function taskReasons(services: Services, { shard, row }: LocatedRow): Promise<WhyReason[]> {
  const status = statusOf(row);
  if (isFinal(status)) return [{ code: "final", message: `It has ended: ${status}.` }];
  const reasons: WhyReason[] = [];
  if (row.cancel !== undefined && row.cancel !== "") {
    reasons.push({ code: "cancel_requested", message: "Someone asked for its end.", until: row.cancel });
  }
  if (status === "running" || status === "waiting") {
    reasons.push({ code: "running", message: `Attempt ${row.attempt} is running.` });
    return reasons;
  }
  const untilMs = waitsUntilMs(row);
  if (status === "delayed" && untilMs !== null) {
    reasons.push({
      code: "delayed_until",
      message: row.attempt === 0 ? "It was submitted with a delay." : "It waits before its next attempt.",
      until: new Date(untilMs).toISOString(),
    });
  }
  if (status === "parked") reasons.push(await slotReason(services, { shard, row }));
  reasons.push(...(await agentReasons(services, row.spec.agent)));
  reasons.push(...(await circuitReasons(services, row.spec.agent)));
  if (status === "queued")
    reasons.push(...(await queueReasons(services, { shard, row }, reasons.length === 0)));
  return reasons;
}

async function slotReason(services: Services, { shard, row }: LocatedRow): Promise<WhyReason> {
  const { organization_id: organizationId, workspace_id: workspaceId } = row.spec;
  const holder =
    workspaceId === null ? null : await services.store.redis.get(shard.slot(organizationId, workspaceId));
  return {
    code: "no_free_slot",
    message: "Another task is working in its workspace.",
    ...(holder === null ? {} : { ref: holder }),
  };
}

async function agentReasons({ registry, queues }: Services, name: string): Promise<WhyReason[]> {
  const reasons: WhyReason[] = [];
  const agent = await registry.agent(name);
  if (agent !== null && agent.instances.length === 0) {
    reasons.push({ code: "no_live_worker", message: `No live worker serves ${name}.`, ref: name });
  } else if (agent?.status === "unavailable") {
    const message = agent.reason ?? `${name} is unavailable.`;
    reasons.push({ code: "agent_unavailable", message, ref: name });
  }
  if ((await queues.countsOf(name))?.paused === true) {
    reasons.push({ code: "queue_paused", message: `The queue of ${name} is paused.`, ref: name });
  }
  return reasons;
}

/** @param always whether to say so even when nothing is ahead, since there is no other reason */
async function queueReasons(
  services: Services,
  { shard, row }: LocatedRow,
  always: boolean,
): Promise<WhyReason[]> {
  const ahead = await services.store.redis.zrank(shard.waiting(row.spec.agent), row.spec.id);
  if (ahead !== null && ahead > 0) {
    const message = `${ahead} tasks of ${row.spec.agent} were ready before it.`;
    return [{ code: "queued_behind", message, ref: row.spec.agent }];
  }
  return always
    ? [{ code: "queued_behind", message: "It is next, as soon as a worker is free.", ref: row.spec.agent }]
    : [];
}
