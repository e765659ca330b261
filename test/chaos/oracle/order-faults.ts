/**
 * Reads the stored events of a run and says which step went before what it depends on, by the order of the stream: the only
 * clock that all workers share.
 */
import type { Event } from "@drover/contracts";
import type { StepPlan } from "../program/run-work.ts";

const finals = new Set(["completed", "failed", "cancelled"]);

export function orderFaults(plan: readonly StepPlan[], events: readonly Event[]): string[] {
  const reader = new RunReader(plan);
  return events.flatMap((event) => {
    const [subject, what = ""] = event.type.split(".");
    const faults = subject === "workflow" ? reader.runIs(what) : reader.stepIs(event.step_id ?? "", what);
    return faults.map((fault) => `${fault} (${event.id})`);
  });
}

class RunReader {
  readonly #steps: ReadonlyMap<string, StepPlan["step"]>;
  /** Steps that have ended in a way that lets others go on. */
  readonly #passed = new Set<string>();
  #ended: string | null = null;

  constructor(plan: readonly StepPlan[]) {
    this.#steps = new Map(plan.map(({ step }) => [step.id, step]));
  }

  runIs(what: string): string[] {
    const former = this.#ended;
    if (finals.has(what)) {
      this.#ended = what;
      return former === null ? [] : [`the run ended twice: ${former}, then ${what}`];
    }
    // What revives a run has its own event; these two are of its first life.
    if (what !== "queued" && what !== "started") this.#ended = null;
    return [];
  }

  stepIs(id: string, what: string): string[] {
    const step = this.#steps.get(id);
    if (step === undefined) return [`an event of a step that the run does not have: ${id}`];
    const faults: string[] = [];
    if (what === "queued" || what === "started") {
      const open = (step.depends_on ?? []).filter((other) => !this.#passed.has(other));
      if (open.length > 0) faults.push(`${id} was ${what} before ${open.join(", ")} ended`);
      if (this.#ended !== null) faults.push(`${id} was ${what} after the run ended`);
      this.#passed.delete(id);
    }
    if (what === "completed" || (what === "failed" && step.continue_on_error === true)) this.#passed.add(id);
    return faults;
  }
}
