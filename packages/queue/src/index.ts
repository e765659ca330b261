export { type ApprovalSearch, Approvals, type Asked, type Question } from "./approvals.ts";
export { backoffMs } from "./backoff.ts";
export { CancelListener, cancelTask, dropJob } from "./cancellation.ts";
export { type ConnectionManner, connect } from "./connection.ts";
export { Consumer, type ConsumerOptions, type JobOutcome } from "./consumer.ts";
export { type DeadLetterSearch, DeadLetters } from "./dead-letters.ts";
export { removeEndedJob } from "./ended-job.ts";
export { EventLog, type FollowOptions } from "./event-log.ts";
export {
  onAnyShard,
  type Page,
  type PageRequest,
  type PageSource,
  readPage,
  type Visible,
} from "./index-page.ts";
export { Keyspace, Shard, type Subject } from "./keyspace.ts";
export { PluginCatalogue } from "./plugin-catalogue.ts";
export { type AgentQueueState, QueueBoard } from "./queue-board.ts";
export { type Admission, Scheduler, type SchedulerOptions } from "./scheduler.ts";
export { type Script, ScriptRunner, script } from "./scripts/script-runner.ts";
export { queueNames, Store, type StoreOptions } from "./store.ts";
export { type Swept, sweepTasks } from "./sweeper.ts";
export { type ClaimOutcome, claimTask, retentionSeconds, TaskClaim, type Written } from "./task-claim.ts";
export { asFields, type LocatedRow, TaskLedger, type TaskSearch } from "./task-ledger.ts";
export { queueOfAgent, taskAgents } from "./task-queue.ts";
export { json, parseTaskRow, statusOf, type TaskRow, toTask, waitsUntilMs } from "./task-row.ts";
export { type NewTask, specOf, type TaskSpec, tenantOf, traceIdOf } from "./task-spec.ts";
export { waitTask } from "./wait-task.ts";
export { type WaitsFor, waitsFor } from "./waits-for.ts";
export { wakeJob } from "./wake-job.ts";
export { isDue, wakeDueSteps, wakeTask } from "./wake-task.ts";
export { type SlotAddress, WorkspaceSlots } from "./workspace-slot.ts";
