export { type ApprovalSearch, Approvals, type Asked, type Question } from "./approvals.ts";
export { backoffMs } from "./backoff.ts";
export { CancelListener, cancelTask, dropJob } from "./cancellation.ts";
export { CircuitListener, type CircuitRow, Circuits, circuitOf } from "./circuits.ts";
export { type ConnectionManner, connect, type RedisClient } from "./connection.ts";
export { Consumer, type ConsumerOptions, type Handle, type JobOutcome } from "./consumer.ts";
export { type DeadLetterSearch, DeadLetters } from "./dead-letters.ts";
export { type ExpiredTask, expireTasks } from "./deadlines.ts";
export { drainMs, finishedPerMinute } from "./drain-rate.ts";
export { removeEndedJob } from "./ended-job.ts";
export { EventLog, type FollowOptions } from "./event-log.ts";
export { type ExpiryCode, expiryMessage } from "./expiry.ts";
export {
  onAnyShard,
  type Page,
  type PageRequest,
  type PageSource,
  readPage,
  type Visible,
} from "./index-page.ts";
export { Intake } from "./intake.ts";
export { Keyspace } from "./keyspace.ts";
export { type AgentQueueState, QueueBoard, type Standing } from "./queue-board.ts";
export { type QuotaScope, Quotas } from "./quotas.ts";
export { describeBudget, type ReachedBudget, renewsAtMs } from "./reached-budget.ts";
export { repliesOf } from "./replies-of.ts";
export { requireRoom } from "./require-room.ts";
export { type Admission, Scheduler, type SchedulerOptions } from "./scheduler.ts";
export { type Script, ScriptRunner, script } from "./scripts/script-runner.ts";
export { settleLoads } from "./settle-loads.ts";
export { Shard, type Subject } from "./shard.ts";
export { queueNames, Store, type StoreOptions } from "./store.ts";
export {
  type ClaimOutcome,
  claimArguments,
  claimOutcome,
  claimTask,
  TaskClaim,
  type Written,
} from "./task-claim.ts";
export { asFields, type LocatedRow, TaskLedger, type TaskSearch } from "./task-ledger.ts";
export { queueOfAgent, taskAgents } from "./task-queue.ts";
export {
  json,
  type ParkedFor,
  parseTaskRow,
  statusOf,
  type TaskRow,
  toTask,
  waitsUntilMs,
} from "./task-row.ts";
export { type NewTask, specOf, type TaskSpec, tenantOf, traceIdOf } from "./task-spec.ts";
export { type CheckOptions, checkInvariants } from "./upkeep/check-invariants.ts";
export { orphanRun } from "./upkeep/checks/orphan-run.ts";
export { runStuck } from "./upkeep/checks/run-stuck.ts";
export { taskChecks } from "./upkeep/checks/task-checks.ts";
export type { LeakCheck } from "./upkeep/leak-check.ts";
export { mirrorDeadLetters } from "./upkeep/mirror-dead-letters.ts";
export { defaultRetention, type RetentionLimits } from "./upkeep/retention-limits.ts";
export { type Retired, retire } from "./upkeep/retire.ts";
export { type Repaired, type SweepOptions, sweepLeaks } from "./upkeep/sweep-leaks.ts";
export { type UsageQuery, Usages } from "./usages.ts";
export { waitTask } from "./wait-task.ts";
export { type WaitsFor, waitsFor } from "./waits-for.ts";
export { called, wake, wakeForgotten, wakeIfCalled } from "./wake.ts";
export { wakeJob } from "./wake-job.ts";
export { wakeIfDue, wakeTask } from "./wake-task.ts";
export { renewSlot, type SlotAddress } from "./workspace-slot.ts";
