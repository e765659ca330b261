/**
 * Reads the stored events of a run and says which step went before what it depends on, by the order of the stream: the only
 * clock that all workers share.
 */
import type { Event } from "@drover/contracts";
import type { StepPlan } from "../program/run-work.ts";

export function orderFaults(plan: readonly StepPlan[], events: readonly Event[]): string[] {
  const steps = new Map(plan.map(({ step }) => [step.id, step]));
  /** Steps that have ended in a way that lets others go on. */
  const passed = new Set<string>();
  let runEnded: string | null = null;
  const faults: string[] = [];
  for (const event of events) {
    const [subject, what = ""] = event.type.split(".");
    if (subject === "workflow") {
      if (["completed", "failed", "cancelled"].includes(what)) {
        if (runEnded !== null) faults.push(`the run ended twice: ${runEnded}, then ${what} (${event.id})`);
        runEnded = what;
      } else if (what !== "queued" && what !== "started") {
        runEnded = null;
      }
      continue;
    }
    const step = steps.get(event.step_id ?? "");
    if (step === undefined) {
      faults.push(`an event of a step that the run does not have: ${event.step_id}`);
      continue;
    }
    if (what === "queued" || what === "started") {
      const open = (step.depends_on ?? []).filter((id) => !passed.has(id));
      if (open.length > 0) faults.push(`${step.id} was ${what} (${event.id}) before ${open.join(", ")} ended`);
      if (runEnded !== null) faults.push(`${step.id} was ${what} (${event.id}) after the run ended`);
      passed.delete(step.id);
    }
    if (what === "completed" || (what === "failed" && step.continue_on_error === true)) passed.add(step.id);
  }
  return faults;
}
