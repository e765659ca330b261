/**
 * Answers a request for a workflow plan with one that is always the same for the same request.
 *
 * The request is found by lines that a machine can read: `Request: workflow_plan`, `Goal: …`, optional `Workspace: …`
 * and one `Agent: <name>: <action>, <action>` for each agent that may be used.
 */
import { disclosure } from "./disclosure.ts";

interface PlannedStep {
  readonly id: string;
  readonly agent: string;
  readonly task: string;
  /** Whether the step is told the goal as its prompt. */
  readonly prompted: boolean;
  readonly dependsOn: readonly string[];
  /** The step is planned where the goal matches. */
  readonly when: RegExp;
}

const steps: readonly PlannedStep[] = [
  {
    id: "backend",
    agent: "opencode",
    task: "generate_api",
    prompted: true,
    dependsOn: [],
    when: /api|backend|full.?stack|feature|service/i,
  },
  {
    id: "frontend",
    agent: "opencode",
    task: "generate_ui",
    prompted: true,
    dependsOn: ["backend"],
    when: /\bui\b|frontend|page|full.?stack|feature/i,
  },
  {
    id: "deploy",
    agent: "kubernetes",
    task: "apply_manifest",
    prompted: false,
    dependsOn: ["backend", "frontend"],
    when: /deploy|kubernetes|k8s/i,
  },
];

const fallback: PlannedStep = {
  id: "work",
  agent: "opencode",
  task: "prompt",
  prompted: true,
  dependsOn: [],
  when: /^/,
};

export function isPlanRequest(prompt: string): boolean {
  return /^Request: workflow_plan$/m.test(prompt);
}

export function planAnswer(prompt: string): string {
  const goal = lineOf(prompt, "Goal") ?? "No goal was named.";
  const workspace = lineOf(prompt, "Workspace");
  const offered = offeredActions(prompt);
  const isOffered = (step: PlannedStep) => offered.has(`${step.agent}.${step.task}`);
  const fitting = steps.filter((step) => isOffered(step) && step.when.test(goal));
  const chosen = fitting.length > 0 ? fitting : [fallback].filter(isOffered);
  if (chosen.length === 0) return `None of the agents named can be planned for. ${disclosure}`;
  const workflow = {
    name: goal.slice(0, 80),
    steps: chosen.map((step) => ({
      id: step.id,
      agent: step.agent,
      task: step.task,
      ...(step.prompted ? { parameters: { prompt: goal } } : {}),
      depends_on: step.dependsOn.filter((id) => chosen.some((other) => other.id === id)),
    })),
    ...(workspace === null ? {} : { workspace_id: workspace }),
  };
  return JSON.stringify({ workflow, explanation: disclosure });
}

function lineOf(text: string, key: string): string | null {
  return new RegExp(`^${key}: (.+)$`, "m").exec(text)?.[1]?.trim() ?? null;
}

function offeredActions(prompt: string): Set<string> {
  const agents = [...prompt.matchAll(/^Agent: ([\w-]+): (.+)$/gm)];
  return new Set(
    agents.flatMap(([, name, actions]) => (actions ?? "").split(/,\s*/).map((action) => `${name}.${action}`)),
  );
}
