/** A request for a step that carries none of its own: made from its workflow and from what came before it. */
import type { AgentStep, StepDependency } from "@drover/agent-kit";
import { z } from "zod";

const inputsLengthMax = 4_000;
const summaryLengthMax = 4_000;
const outputLengthMax = 2_000;
const dependenciesLengthMax = 24_000;
const pathsMax = 100;

/** What a step of this agent leaves; other agents leave something else. */
const codeOutput = z.object({
  summary: z.string(),
  files: z.array(z.object({ path: z.string(), status: z.string() })),
});

export function stepRequest(step: AgentStep): string {
  const lines = [`Do your part of the workflow "${step.workflowName}": the step "${step.stepName}".`];
  if (step.workflowDescription !== null) lines.push(`The workflow's purpose: ${step.workflowDescription}`);
  if (Object.keys(step.inputs).length > 0)
    lines.push(`The workflow's inputs: ${cut(JSON.stringify(step.inputs), inputsLengthMax)}`);
  return lines.join("\n");
}

/** What the steps before it did, as material; null when there are none. */
export async function earlierSteps(step: AgentStep): Promise<string | null> {
  const parts: string[] = [];
  let length = 0;
  for await (const dependency of step.dependencies()) {
    const part = describe(dependency);
    if (length + part.length > dependenciesLengthMax) {
      parts.push(`(${step.dependsOn.length - parts.length} more steps are left out.)`);
      break;
    }
    parts.push(part);
    length += part.length;
  }
  return parts.length === 0 ? null : parts.join("\n\n");
}

function describe(dependency: StepDependency): string {
  const { stepId, agent, action, status, output, artifacts } = dependency;
  const lines = [`## Step ${stepId} (${agent} ${action}): ${status}`];
  const code = codeOutput.safeParse(output);
  if (code.success) {
    if (code.data.summary !== "") lines.push(cut(code.data.summary, summaryLengthMax));
    lines.push(...paths(code.data.files.map((file) => `${file.status} ${file.path}`)));
  } else {
    if (output !== null && output !== undefined) lines.push(cut(JSON.stringify(output), outputLengthMax));
    lines.push(...paths(artifacts.map((artifact) => artifact.name)));
  }
  return lines.join("\n");
}

function paths(names: readonly string[]): string[] {
  const shown = names.slice(0, pathsMax).map((name) => `- ${name}`);
  return names.length > pathsMax ? [...shown, `- and ${names.length - pathsMax} more`] : shown;
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}
