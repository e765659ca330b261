/** A task on its way through the agent: what it is to do, where, and by what. */
import type { AgentContext, AgentTask } from "@drover/agent-kit";
import type { Entering } from "../instance/entrance.ts";
import type { Lease } from "../instance/instance-pool.ts";
import type { InstanceSpec } from "../instance/instance-runtime.ts";
import type { WorkTree } from "../tree/work-tree.ts";
import type { TaskMemory } from "./checkpoint.ts";
import type { OpenCodeWork } from "./read-payload.ts";
import type { Settled } from "./settled.ts";

/** A task and where it works. */
export interface Place {
  readonly task: AgentTask;
  readonly context: AgentContext;
  readonly work: OpenCodeWork;
  readonly model: string;
  readonly signal: AbortSignal;
  readonly spec: InstanceSpec;
  /** Null: it works on the workspace's own files. */
  readonly tree: WorkTree | null;
  readonly memory: TaskMemory;
  /** What a person has decided since the last start; null: nothing was asked. */
  readonly settled: Settled | null;
}

/** The same, with an instance to work by. */
export interface Run extends Place {
  /** The folder that it works in. */
  readonly directory: string;
  readonly lease: Lease;
  readonly begun: Entering;
}
