/** What differs between two versions of a template: field by field, and as text. */
import { canonicalJson, type TemplateChange, type TemplateDefinition, templateYaml } from "@drover/contracts";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";

/** How long two texts are compared before they count as too different, in milliseconds. */
const compareMsMax = 1_000;

export function compareTemplates(before: TemplateDefinition, after: TemplateDefinition): TemplateChange[] {
  return [...changes("", byStep(before), byStep(after))];
}

/** A unified diff; empty where they are the same, null where they differ too much. */
export function templatePatch(
  before: { readonly label: string; readonly definition: TemplateDefinition },
  after: { readonly label: string; readonly definition: TemplateDefinition },
): string | null {
  const [left, right] = [templateYaml(before.definition), templateYaml(after.definition)];
  if (left === right) return "";
  const patch = createTwoFilesPatch(before.label, after.label, left, right, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
    timeout: compareMsMax,
  });
  return patch ?? null;
}

/** Steps by their ids, so that a step that moved is the same step. */
function byStep({ steps, ...rest }: TemplateDefinition): Record<string, unknown> {
  return { ...rest, steps: Object.fromEntries(steps.map((step) => [step.id, step])) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function* changes(path: string, before: unknown, after: unknown): Generator<TemplateChange> {
  if (!isRecord(before) || !isRecord(after)) {
    if (canonicalJson(before) !== canonicalJson(after)) yield { path, kind: "changed", before, after };
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const at = path === "" ? key : `${path}.${key}`;
    const [left, right] = [before[key], after[key]];
    if (left === undefined && right !== undefined) yield { path: at, kind: "added", after: right };
    else if (left !== undefined && right === undefined) yield { path: at, kind: "removed", before: left };
    else yield* changes(at, left, right);
  }
}
