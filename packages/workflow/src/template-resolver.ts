/** Where the templates of an organization come from, for what runs one by its name. */
import type { Payload, WorkflowDefinition } from "@drover/contracts";

export interface TemplateResolver {
  /**
   * The workflow that a template comes to with these inputs.
   * @param reference `name`, or `name@version`
   * @throws DroverError not_found; validation_failed with every fault of the inputs
   */
  resolve(organizationId: string, reference: string, inputs: Payload): Promise<WorkflowDefinition>;
}
