/** Refuses work for agents that take none now. An agent without any live instance takes work: it waits for one. */
import type { AgentRegistry } from "@drover/agent-kit";
import { control } from "@drover/contracts";
import { DroverError } from "@drover/errors";

const retryMs = 30_000;
/** How long an answer of the registry serves a burst of submissions. */
const freshMs = 250;

export class AgentGate {
  readonly #registry: AgentRegistry;
  readonly #answers = new Map<
    string,
    { readonly reason: Promise<string | null>; readonly untilMs: number }
  >();

  constructor(registry: AgentRegistry) {
    this.#registry = registry;
  }

  /** Null when the agent takes work. */
  async refusal(agent: string): Promise<DroverError | null> {
    const reason = await this.#reason(agent);
    if (reason === null) return null;
    return new DroverError("agent_unavailable", { detail: `${agent}: ${reason}`, retryAfterMs: retryMs });
  }

  /** @throws DroverError agent_unavailable for the first that takes no work */
  async require(agents: Iterable<string>): Promise<void> {
    for (const agent of new Set(agents)) {
      // The orchestrator sees to control steps; no worker has to.
      if (agent === control.name) continue;
      const refusal = await this.refusal(agent);
      if (refusal !== null) throw refusal;
    }
  }

  async #reason(agent: string): Promise<string | null> {
    const known = this.#answers.get(agent);
    if (known !== undefined && known.untilMs > Date.now()) return await known.reason;
    const reason = this.#registry.refusal(agent);
    this.#answers.set(agent, { reason, untilMs: Date.now() + freshMs });
    // A failure is no answer to serve from.
    reason.catch(() => this.#answers.delete(agent));
    return await reason;
  }
}
