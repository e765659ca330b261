/** Why a task is where it is: every reason that holds, from the ledger, the registry and the queue. */
import { isFinal, type WhyReason } from "@drover/contracts";
import { type LocatedRow, statusOf, type TaskRow, waitsUntilMs } from "@drover/queue";
import type { Services } from "../services.ts";
import { type AgentReasons, agentReasons } from "./agent-reasons.ts";
import { laneReasons } from "./lane-reasons.ts";
import { parkedReasons } from "./parked-reasons.ts";
import { waitReasons } from "./wait-reasons.ts";

/** @param ofAgent what is known of agents already; absent: it is asked */
export async function taskReasons(
  services: Services,
  { shard, row }: LocatedRow,
  ofAgent: AgentReasons = (name) => agentReasons(services, name),
): Promise<WhyReason[]> {
  const status = statusOf(row);
  if (isFinal(status)) return [{ code: "final", message: `It has ended: ${status}.` }];
  const reasons = cancelReasons(row);
  const waits = await waitReasons(services, row);
  if (waits !== null) return [...reasons, ...waits];
  if (status === "running") {
    reasons.push({ code: "running", message: `Attempt ${row.attempt} is running.` });
    return reasons;
  }
  if (status === "delayed") reasons.push(...delayReasons(row));
  if (status === "parked") reasons.push(...(await parkedReasons(services, { shard, row })));
  reasons.push(...(await ofAgent(row.spec.agent)));
  if (status === "queued")
    reasons.push(...(await laneReasons(services, { shard, row }, reasons.length === 0)));
  return reasons;
}

function cancelReasons(row: TaskRow): WhyReason[] {
  if (row.cancel === undefined || row.cancel === "") return [];
  const by = row.cancelled_by;
  const message = `${by ?? "Someone"} asked for its end.`;
  return [{ code: "cancel_requested", message, since: row.cancel, ...(by === undefined ? {} : { by }) }];
}

function delayReasons(row: TaskRow): WhyReason[] {
  const untilMs = waitsUntilMs(row);
  if (untilMs === null) return [];
  const until = new Date(untilMs).toISOString();
  const code = "delayed_until";
  return row.error === undefined
    ? [{ code, message: "It was submitted with a delay.", until }]
    : [{ code, message: "It waits before its next attempt.", until, ref: row.error.code }];
}
