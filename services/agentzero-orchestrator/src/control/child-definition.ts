/**
 * The workflow that a `workflow` step runs, checked like one that a person submits: what it is, where it acts, and whether
 * its agents take work. It can do no more than the run that starts it.
 */
import type { AgentRegistry } from "@drover/agent-kit";
import { type ChildWorkflowFields, control, type WorkflowDefinition } from "@drover/contracts";
import { DroverError, PermanentFailure } from "@drover/errors";
import { type RunSpec, settleWorkspace, type TemplateResolver, workflowFaults } from "@drover/workflow";

export interface ChildDefinitionSources {
  /** Null: this orchestrator knows no templates. */
  readonly templates: TemplateResolver | null;
  readonly registry: Pick<AgentRegistry, "refusal">;
}

/** Faults that a message names. */
const namedMax = 10;

/** What a step runs. */
export interface ChildDefinition {
  readonly definition: WorkflowDefinition;
  /** `name@version` of the template that it came of; absent: of none. */
  readonly template?: string;
}

/** @throws PermanentFailure; DroverError where the templates cannot be read now */
export async function childDefinition(
  sources: ChildDefinitionSources,
  parent: RunSpec,
  fields: ChildWorkflowFields,
): Promise<ChildDefinition> {
  const { definition: named, template } = await namedDefinition(sources, parent, fields);
  const { workspace, faults } = settleWorkspace(named);
  const all = [...workflowFaults(named), ...faults];
  if (all.length > 0) {
    const told = all.slice(0, namedMax).map(({ field, detail }) => `${field} ${detail}`);
    const more = all.length > namedMax ? `; and ${all.length - namedMax} more` : "";
    throw new PermanentFailure("invalid_payload", `The workflow is not valid: ${told.join("; ")}${more}.`);
  }
  requirePlace(parent, named, workspace);
  await requireAgents(sources, named);
  const definition = {
    ...named,
    organization_id: parent.organization_id,
    workspace_id: workspace ?? parent.workspace_id,
    priority: named.priority ?? parent.priority,
    labels: named.labels ?? parent.labels,
  };
  return { definition, ...(template === undefined ? {} : { template }) };
}

async function namedDefinition(
  { templates }: ChildDefinitionSources,
  parent: RunSpec,
  { workflow, template, inputs }: ChildWorkflowFields,
): Promise<ChildDefinition> {
  if (workflow !== undefined) {
    return { definition: { ...workflow, inputs: { ...workflow.inputs, ...inputs } } };
  }
  if (template === undefined || templates === null) {
    throw new PermanentFailure("not_found", "There are no templates here.");
  }
  try {
    const resolved = await templates.instantiate(parent.organization_id, template, inputs ?? {});
    return { definition: resolved.definition, template: resolved.reference };
  } catch (error) {
    // A refusal is final; trouble is not.
    if (!(error instanceof DroverError) || error.status >= 500) throw error;
    const faults = error.validations.map(({ field, detail }) => ` ${field} ${detail}.`).join("");
    throw new PermanentFailure(error.code, `The template ${template}: ${error.message}${faults}`);
  }
}

/** A run started for one workspace reaches no other by way of a child. */
function requirePlace(parent: RunSpec, named: WorkflowDefinition, workspace: string | undefined): void {
  const organization = named.organization_id ?? parent.organization_id;
  if (organization !== parent.organization_id) {
    const message = `The workflow is of the organization ${organization}, and its parent's is another.`;
    throw new PermanentFailure("forbidden", message);
  }
  const elsewhere = workspace !== undefined && workspace !== parent.workspace_id;
  if (elsewhere && parent.across_workspaces !== true) {
    const message = `Who started the parent may not run workflows in ${workspace}.`;
    throw new PermanentFailure("forbidden", message);
  }
}

async function requireAgents(
  { registry }: ChildDefinitionSources,
  { steps }: WorkflowDefinition,
): Promise<void> {
  const agents = new Set(steps.flatMap((step) => [step.agent, step.fallback?.agent ?? step.agent]));
  agents.delete(control.name);
  for (const agent of agents) {
    const reason = await registry.refusal(agent);
    if (reason !== null) throw new PermanentFailure("agent_unavailable", `${agent}: ${reason}`);
  }
}
