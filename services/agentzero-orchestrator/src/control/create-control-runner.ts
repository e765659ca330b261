/** Puts the control steps together. */
import { AgentRegistry } from "@drover/agent-kit";
import { Approvals, type Store } from "@drover/queue";
import { type RunEngine, RunLedger, TemplateStore } from "@drover/workflow";
import { ApprovalStep } from "./approval-step.ts";
import { ControlRunner } from "./control-runner.ts";
import { WaitStep } from "./wait-step.ts";
import { WorkflowStep } from "./workflow-step.ts";

export function createControlRunner(store: Store, engine: RunEngine): ControlRunner {
  const runs = new RunLedger(store, engine);
  const registry = new AgentRegistry(store);
  return new ControlRunner({
    store,
    engine,
    steps: [
      new ApprovalStep(new Approvals(store)),
      new WaitStep(store),
      new WorkflowStep({ store, runs, registry, templates: new TemplateStore(store) }),
    ],
  });
}
