/** Asks now and then whether what an agent needs is there, so that `health()` can answer from memory. */
import type { AgentHealth } from "@drover/agent-kit";
import { withDeadline } from "./abort.ts";

export interface HealthPollOptions {
  /** Resolves when all is well; its error's words become the reason when not. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly describe: (error: unknown) => string;
  readonly intervalMs?: number;
  readonly deadlineMs?: number;
}

export interface HealthPoll extends AsyncDisposable {
  current(): AgentHealth;
}

/** Resolves after the first probe. */
export async function pollHealth(options: HealthPollOptions): Promise<HealthPoll> {
  const { probe, describe, intervalMs = 5_000, deadlineMs = 2_000 } = options;
  const end = new AbortController();
  let health: AgentHealth = { status: "unavailable", reason: "It has not been asked yet." };
  let timer: NodeJS.Timeout | undefined;
  const ask = async () => {
    health = await withDeadline(deadlineMs, end.signal, probe).then(
      () => ({ status: "available", reason: null }),
      (error: unknown) => ({ status: "unavailable", reason: describe(error) }),
    );
    if (!end.signal.aborted) timer = setTimeout(() => (asking = ask()), intervalMs).unref();
  };
  let asking = ask();
  await asking;
  return {
    current: () => health,
    async [Symbol.asyncDispose]() {
      end.abort();
      clearTimeout(timer);
      await asking;
    },
  };
}
