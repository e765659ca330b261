/** A template as text: fields in one order, so that the same template is the same file and a change is a small diff. */
import { parse, stringify } from "yaml";
import type { TemplateDefinition } from "./template.ts";

const order = [
  "name",
  "description",
  "inputs",
  "workspace_id",
  "on_failure",
  "priority",
  "labels",
  "result",
  "steps",
] as const satisfies readonly (keyof TemplateDefinition)[];
const stepOrder: readonly string[] = [
  "id",
  "name",
  "agent",
  "task",
  "depends_on",
  "when",
  "for_each",
  "parameters",
  "fallback",
  "continue_on_error",
  "max_attempts",
  "timeout_seconds",
];

function inOrder(fields: object, keys: readonly string[]): Record<string, unknown> {
  const rank = (key: string) => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .sort(([left], [right]) => rank(left) - rank(right)),
  );
}

/** The same template with its fields and those of its steps in the order of the file. */
export function orderedTemplate(definition: TemplateDefinition): Record<string, unknown> {
  const steps = definition.steps.map((step) => inOrder(step, stepOrder));
  return inOrder({ ...definition, steps }, order);
}

const layout = { lineWidth: 110, aliasDuplicateObjects: false } as const;

export function templateYaml(definition: TemplateDefinition): string {
  return stringify(orderedTemplate(definition), layout);
}

/** How `templateYaml` lays a document out, for whoever writes one that keeps comments. */
export const templateYamlLayout: Readonly<typeof layout> = layout;

/** How YAML of templates is read: with merge keys (`<<`), which YAML 1.2 has dropped and people use. */
export const templateYamlReading = { merge: true, maxAliasCount: 100 } as const;

/** YAML or JSON → data that no schema has seen yet. @throws YAMLParseError with line and column */
export function parseTemplateText(text: string): unknown {
  return parse(text, templateYamlReading);
}
