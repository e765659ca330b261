/** Every fault of a template at once: of its inputs' schema, and of its workflow as if that were submitted. */
import {
  type Payload,
  type TemplateDefinition,
  templateBytesMax,
  type WorkflowDefinition,
} from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { workflowFaults } from "../workflow-faults.ts";
import { inputsSchemaFaults } from "./input-validator.ts";

/** @param root the path that its fields have in the request, e.g. `templates[2]`; empty: the template is the request */
export function templateFaults(definition: TemplateDefinition, root = ""): Validation[] {
  const faults = [
    ...sizeFaults(definition),
    ...(definition.inputs === undefined ? [] : inputsSchemaFaults(definition.inputs)),
    ...workflowFaults(instantiate(definition, {}), { inputs: inputNames(definition) }),
  ];
  if (root === "") return faults;
  return faults.map(({ field, detail }) => ({
    field: field === "(body)" ? root : `${root}.${field}`,
    detail,
  }));
}

/** The workflow that a template is with these inputs. */
export function instantiate(definition: TemplateDefinition, inputs: Payload): WorkflowDefinition {
  return { ...definition, inputs };
}

/** What an expression may speak of. */
function inputNames({ inputs }: TemplateDefinition): string[] {
  const properties: unknown = inputs?.["properties"];
  return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
}

function sizeFaults(definition: TemplateDefinition): Validation[] {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes <= templateBytesMax) return [];
  return [{ field: "(body)", detail: `has ${bytes} bytes of JSON; a template may have ${templateBytesMax}` }];
}
