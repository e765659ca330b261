/** Stands for the `opencode` agent where it cannot work: says why, and takes no task. */
import type { Agent, AgentHealth } from "@drover/agent-kit";
import { openCode, type TaskResult } from "@drover/contracts";
import { CapacityFailure } from "@drover/errors";

const retryAfterMs = 30_000;

export class UnavailableAgent implements Agent {
  readonly name = openCode.name;
  readonly descriptor = openCode;
  readonly #reason: string;

  constructor(reason: string) {
    this.#reason = reason;
  }

  supports(type: string): boolean {
    return openCode.supports.some((supported) => supported === type);
  }

  health(): AgentHealth {
    return { status: "unavailable", reason: this.#reason };
  }

  /** Another worker may be able to, so the task waits. */
  execute(): Promise<TaskResult> {
    return Promise.reject(new CapacityFailure("agent_unavailable", this.#reason, { retryAfterMs }));
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
