/** The Redis keys of one shard: every key that Drover writes is made here, all under the shard's hash tag. */

import { LibraryKeys } from "./library-keys.ts";

/** What a stream of events belongs to. */
export interface Subject {
  readonly kind: "task" | "workflow";
  readonly id: string;
}

/** The keys of one shard. */
export class Shard extends LibraryKeys {
  readonly number: number;
  constructor(number: number) {
    super(`{drover-${number}}`);
    this.number = number;
  }

  /** Hash: the ledger's row of a task. */
  task(id: string): string {
    return `${this.prefix}:task:${id}`;
  }

  /** String: what the task returned, as JSON. */
  taskResult(id: string): string {
    return `${this.prefix}:task:${id}:result`;
  }

  /** List: each death of the task and each redrive, oldest first, as JSON. */
  taskDeaths(id: string): string {
    return `${this.prefix}:task:${id}:deaths`;
  }

  /** Hash: the ledger's row of a run. */
  run(id: string): string {
    return `${this.prefix}:run:${id}`;
  }

  /** Hash: step → how many steps it still waits for. */
  runIndegree(id: string): string {
    return `${this.prefix}:run:${id}:indegree`;
  }

  /** Hash: step → JSON list of the steps that depend on it. */
  runDependents(id: string): string {
    return `${this.prefix}:run:${id}:dependents`;
  }

  /** Hash: step, or step with its index → how it ended: completed, fallback, failed, cancelled or skipped. */
  runEnded(id: string): string {
    return `${this.prefix}:run:${id}:ended`;
  }

  /** Hash of what steps fanned out to: step → count, `step[i]` → the item as JSON, `step:left|failed|cancelled` → counts. */
  runItems(id: string): string {
    return `${this.prefix}:run:${id}:items`;
  }

  /** Hash: step → why it failed without a task, as JSON. */
  runFaults(id: string): string {
    return `${this.prefix}:run:${id}:faults`;
  }

  /** Set of the instances that ever became tasks. */
  runTasks(id: string): string {
    return `${this.prefix}:run:${id}:tasks`;
  }

  /** Set of the instances whose tasks are not final. */
  runLive(id: string): string {
    return `${this.prefix}:run:${id}:live`;
  }

  /** Set of the ids of tasks that wait for the run to be resumed. */
  runHeld(id: string): string {
    return `${this.prefix}:run:${id}:held`;
  }

  /** Every key of a run's own: its row first. */
  runKeys(id: string): string[] {
    const parts = [
      "indegree",
      "dependents",
      "ended",
      "items",
      "faults",
      "tasks",
      "live",
      "held",
      "redo",
      "result",
      "events",
    ];
    return [this.run(id), ...parts.map((part) => `${this.run(id)}:${part}`)];
  }

  /** Stream, and the channel that says the stream has grown. */
  events(subject: Subject): string {
    return `${this.prefix}:${subject.kind === "task" ? "task" : "run"}:${subject.id}:events`;
  }

  /** Hash: an approval. */
  approval(id: string): string {
    return `${this.prefix}:approval:${id}`;
  }

  /** Set of the approvals that a task has asked for. */
  taskApprovals(id: string): string {
    return `${this.prefix}:task:${id}:approvals`;
  }

  /** Sorted set of ids, all of score 0: ids sort by creation time. */
  index(what: "tasks" | "runs" | "dead-letters" | "approvals", organizationId: string): string {
    return `${this.prefix}:index:${what}:${organizationId}`;
  }

  /** Hash: `<agent>:<status>` of tasks, `<status>` of runs → how many there are; changed with the rows themselves. */
  tally(what: "tasks" | "runs"): string {
    return `${this.prefix}:tally:${what}`;
  }

  /** Sorted set of what is final and forgotten in time, by when it ended. */
  ended(what: "tasks" | "runs" | "letters", organizationId: string): string {
    return `${this.prefix}:ended:${what}:${organizationId}`;
  }

  /** Hash: how far each incremental check has come. */
  upkeepCursors(): string {
    return `${this.prefix}:upkeep:cursors`;
  }

  /** Sorted set of `<kind> <id>`: what looked like a leak, by when it was first seen. */
  upkeepSuspects(): string {
    return `${this.prefix}:upkeep:suspects`;
  }

  /** String: set while somebody mends leaks. */
  upkeepLock(): string {
    return `${this.prefix}:upkeep:lock`;
  }

  /** Hash: kind → how many leaks were repaired. */
  upkeepRepaired(): string {
    return `${this.prefix}:upkeep:repaired`;
  }

  /** Set of the organizations that have anything on this shard. */
  organizations(): string {
    return `${this.prefix}:organizations`;
  }

  /** String: a dead letter, as JSON. */
  deadLetter(id: string): string {
    return `${this.prefix}:letter:${id}`;
  }

  /** List of the dead letters that the `dead-letter` queue does not show yet. */
  unmirroredDeadLetters(): string {
    return `${this.prefix}:dead-letters:unmirrored`;
  }

  /** Set of the runs that are not final. */
  unfinishedRuns(): string {
    return `${this.prefix}:unfinished:runs`;
  }

  /** Sorted set of tasks by the time when their time to start, or their time as a whole, is over. */
  deadlines(): string {
    return `${this.prefix}:deadlines`;
  }

  /** Hash: the circuit of an agent (first shard only). */
  circuit(agent: string): string {
    return `${this.prefix}:circuit:${agent}`;
  }

  /** Set of the tasks that failed one after the other while its circuit was closed. */
  circuitFailures(agent: string): string {
    return `${this.circuit(agent)}:failed`;
  }

  /** Channel that says of which agent the circuit has changed. */
  circuitChannel(): string {
    return `${this.prefix}:circuits`;
  }

  /** Channel on which a cancel reaches the worker that holds the task. */
  cancelChannel(): string {
    return `${this.prefix}:cancel`;
  }

  /** String: the task that holds a workspace. */
  slot(organizationId: string, workspaceId: string): string {
    return `${this.prefix}:slot:${organizationId}/${workspaceId}`;
  }

  /** Set of what parked tasks wait for; each has a sorted set `<thing>:line` of them. */
  lines(): string {
    return `${this.prefix}:lines`;
  }

  /** Hash: scope, limit and agent → how much, or `none`. */
  quotas(): string {
    return `${this.prefix}:quotas`;
  }

  /** Hash: `<workspace>|<agent>|<what>` → how much of it an organization has used on a day like 2026-11-22, by UTC. */
  usage(organizationId: string, day: string): string {
    return `${this.prefix}:usage:${organizationId}:${day}`;
  }

  /** Sorted set of the organizations that have such a hash, by the newest of those days, counted from 1970-01-01. */
  usageOrganizations(): string {
    return `${this.prefix}:usage-organizations`;
  }

  /** Hash: what a scope (`acme`, `acme/ws-1`) has used in the present day and month; budgets are held against it. */
  spent(scope: string): string {
    return `${this.prefix}:spent:${scope}`;
  }

  /** Hash: how many tasks a scope (`acme`, `acme/ws-1`, `acme/`) has queued, active, and in each lane. */
  load(scope: string): string {
    return `${this.prefix}:load:${scope}`;
  }

  /** Sorted set of this agent's tasks that are not taken, by the time they became ready or will be. */
  waiting(agent: string): string {
    return `${this.prefix}:waiting:${agent}`;
  }

  /** Set of this agent's tasks that are not final. */
  unfinished(agent: string): string {
    return `${this.prefix}:unfinished:agent:${agent}`;
  }

  /** Set of this agent's parked tasks. */
  parked(agent: string): string {
    return `${this.prefix}:parked:${agent}`;
  }

  /** Hash: queue → who paused it and when, as JSON (first shard only). */
  pausedQueues(): string {
    return `${this.prefix}:paused-queues`;
  }

  /** Counter of what this agent finished in a minute since the epoch. */
  finished(agent: string, minute: number): string {
    return `${this.prefix}:finished:${agent}:${minute}`;
  }
}
