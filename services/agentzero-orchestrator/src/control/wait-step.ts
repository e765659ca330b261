/** `wait`: lets a time pass. */
import { waitFields } from "@drover/contracts";
import { type Store, waitTask } from "@drover/queue";
import { answerOf, type ControlOutcome, type ControlStep, type ControlTask } from "./control-step.ts";
import { parseParameters } from "./parse-parameters.ts";

export class WaitStep implements ControlStep {
  readonly action = "wait";
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async advance({ claim, parameters, redo, waitsFor }: ControlTask): Promise<ControlOutcome> {
    // Counted from the first time that it was looked at: later it is in the ledger.
    const untilMs = waitsFor?.kind === "time" ? Date.parse(waitsFor.until) : endOf(parameters);
    const until = new Date(untilMs).toISOString();
    if (untilMs <= Date.now()) return { kind: "completed", result: answerOf({ waited_until: until }) };
    const event = waitsFor === null ? { waiting_until: until } : null;
    const written = await waitTask(this.#store, claim, {
      waitsFor: { kind: "time", until, redo },
      untilMs,
      event,
    });
    return written === "waiting" ? { kind: "waiting", untilMs } : { kind: "stale" };
  }
}

function endOf(parameters: unknown): number {
  const { until, duration_seconds: seconds = 0 } = parseParameters(waitFields, parameters);
  return until === undefined ? Date.now() + seconds * 1000 : Date.parse(until);
}
