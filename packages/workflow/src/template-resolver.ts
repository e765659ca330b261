/** Where the templates of an organization come from, for what runs one by its name. */
import type { Payload, WorkflowDefinition } from "@drover/contracts";

/** The workflow that a template is with given inputs, and the version that it came of: `name@version`. */
export interface ResolvedTemplate {
  readonly definition: WorkflowDefinition;
  readonly reference: string;
}

export interface TemplateResolver {
  /**
   * The workflow that a template comes to with these inputs, defaults filled in.
   * @param reference `name` for its current version, or `name@version`
   * @throws DroverError validation_failed, with `template` or `inputs.x` for a field
   */
  instantiate(organizationId: string, reference: string, inputs: Payload): Promise<ResolvedTemplate>;
}
