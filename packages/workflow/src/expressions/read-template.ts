/** Reads a value of the parameters into a tree that knows where expressions stand; what holds none is kept as it is. */
import { fieldPath } from "@drover/contracts";
import { compileExpression, type Expression } from "./expression.ts";
import { ExpressionFault } from "./expression-fault.ts";
import type { PlacedExpression, TemplateFault } from "./parameter-template.ts";
import { readPlaceholders, type TextPart } from "./placeholders.ts";

export type TemplateNode =
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "value"; readonly path: string; readonly expression: Expression }
  | { readonly kind: "text"; readonly path: string; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: "list"; readonly items: readonly TemplateNode[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, TemplateNode])[] };

interface Found {
  readonly expressions: PlacedExpression[];
  readonly faults: TemplateFault[];
}

const nestingMax = 64;

export function readTemplate(value: unknown, keys: readonly (string | number)[], found: Found): TemplateNode {
  if (typeof value === "string" && value.includes("${{")) return readText(value, keys, found);
  if (typeof value !== "object" || value === null) return { kind: "literal", value };
  if (keys.length > nestingMax) {
    const fault = new ExpressionFault("", `the parameters are nested deeper than ${nestingMax} levels`);
    found.faults.push({ keys, fault });
    return { kind: "literal", value };
  }
  if (Array.isArray(value)) {
    const items = value.map((item, index) => readTemplate(item, [...keys, index], found));
    const unchanged = items.every((node, index) => isLiteral(node, value[index]));
    return unchanged ? { kind: "literal", value } : { kind: "list", items };
  }
  const fields = Object.entries(value);
  const entries = fields.map(([key, inner]) => [key, readTemplate(inner, [...keys, key], found)] as const);
  const unchanged = fields.every(([, inner], index) => isLiteral(entries[index]?.[1], inner));
  return unchanged ? { kind: "literal", value } : { kind: "map", entries };
}

function isLiteral(node: TemplateNode | undefined, value: unknown): boolean {
  return node?.kind === "literal" && node.value === value;
}

function readText(text: string, keys: readonly (string | number)[], found: Found): TemplateNode {
  const path = fieldPath(keys);
  const compiled = (part: TextPart): string | Expression => {
    if (part.kind === "text") return part.text;
    const expression = compileExpression(part.source.trim());
    found.expressions.push({ path, keys, expression });
    return expression;
  };
  try {
    const parts = readPlaceholders(text).map(compiled);
    const [only] = parts;
    if (parts.length > 1) return { kind: "text", path, parts };
    return typeof only === "object"
      ? { kind: "value", path, expression: only }
      : { kind: "literal", value: only ?? "" };
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    found.faults.push({ keys, fault: error });
    return { kind: "literal", value: text };
  }
}
