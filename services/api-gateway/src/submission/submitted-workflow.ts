/** What a caller wants to run, as a workflow: the one that was sent, or a template with its inputs. */
import { isAllowedWithin, organizationFor, type Principal } from "@drover/access";
import type { TemplateRun, WorkflowDefinition, WorkflowSubmission } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { Services } from "../services.ts";

export interface SubmittedWorkflow {
  readonly definition: WorkflowDefinition;
  /** `name@version`; null: no template was named. */
  readonly template: string | null;
}

/** @throws DroverError validation_failed, with `template` or `inputs.x` for a field */
export async function submittedWorkflow(
  services: Services,
  principal: Principal,
  submission: WorkflowSubmission,
): Promise<SubmittedWorkflow> {
  if (!("template" in submission)) return { definition: submission, template: null };
  const organizationId = organizationFor(principal, submission.organization_id);
  if (!isAllowedWithin(principal, "template:read", organizationId)) throw new DroverError("forbidden");
  const { template, inputs = {} } = submission;
  const resolved = await services.templates.instantiate(organizationId, template, inputs);
  return { definition: withOverrides(resolved.definition, submission), template: resolved.reference };
}

/** What the request says goes before what the template says; labels add up. */
function withOverrides(definition: WorkflowDefinition, run: TemplateRun): WorkflowDefinition {
  const { template: _template, inputs: _inputs, name = definition.name, labels, ...overrides } = run;
  return {
    ...definition,
    ...overrides,
    name,
    ...(labels === undefined ? {} : { labels: { ...definition.labels, ...labels } }),
  };
}
