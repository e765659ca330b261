/**
 * A template written over the file that it had before: what is the same keeps its place, its comments and its style, so that
 * a file in version control changes where the template did and nowhere else.
 */
import {
  canonicalJson,
  orderedTemplate,
  parseTemplateText,
  type TemplateDefinition,
  templateYaml,
  templateYamlLayout,
  templateYamlReading,
} from "@drover/contracts";
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

type Fields = Readonly<Record<string, unknown>>;

/** @throws Error when the file is not YAML */
export function updatedYaml(before: string, definition: TemplateDefinition): string {
  const document: Document = parseDocument(before, templateYamlReading);
  const [fault] = document.errors;
  if (fault !== undefined) throw fault;
  if (same(document.toJS(), definition)) return before;
  document.contents = merged(document, document.contents, orderedTemplate(definition));
  // `{ a: 1 }` or `{a: 1}`: as the file has it.
  const flowCollectionPadding = !/[[{]\S[^\n]*[\]}]/.test(before) || /[[{] \S/.test(before);
  const after = document.toString({ ...templateYamlLayout, flowCollectionPadding });
  // Where aliases tie parts together that now differ, the template goes before the comments.
  return same(parseTemplateText(after), definition) ? after : templateYaml(definition);
}

const same = (left: unknown, right: unknown): boolean => canonicalJson(left ?? null) === canonicalJson(right);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merged(document: Document, node: unknown, value: unknown): Node {
  if (isNode(node) && same(node.toJS(document), value)) return node;
  if (isAlias(node)) return document.createNode(value);
  if (isMap(node) && isFields(value)) return mergedMap(document, node, value);
  if (isSeq(node) && Array.isArray(value)) return mergedList(document, node, value);
  if (isScalar(node) && typeof value !== "object") {
    node.value = value;
    return node;
  }
  const fresh = document.createNode(value);
  if (isNode(node)) {
    if (node.commentBefore) fresh.commentBefore = node.commentBefore;
    if (node.comment) fresh.comment = node.comment;
  }
  return fresh;
}

const keyOf = (pair: Pair): string => String(isScalar(pair.key) ? pair.key.value : pair.key);

function mergedMap(document: Document, map: YAMLMap, value: Fields): YAMLMap {
  map.items = map.items.filter((pair) => Object.hasOwn(value, keyOf(pair)));
  const names = Object.keys(value);
  for (const [position, name] of names.entries()) {
    const known = map.items.find((pair) => keyOf(pair) === name);
    if (known !== undefined) {
      known.value = merged(document, known.value, value[name]);
      continue;
    }
    // What is new stands behind what comes before it in the order of a fresh file.
    const before = new Set(names.slice(0, position));
    const at = map.items.findLastIndex((pair) => before.has(keyOf(pair))) + 1;
    const pair = document.createPair(name, value[name]);
    if (isPair(pair)) map.items.splice(at, 0, pair);
  }
  return map;
}

/** What tells an item of a list: the id of a step, or the item itself. */
function markOf(item: unknown): string {
  return isFields(item) && typeof item["id"] === "string" ? `id ${item["id"]}` : canonicalJson(item);
}

function mergedList(document: Document, list: YAMLSeq, values: readonly unknown[]): YAMLSeq {
  const left = list.items.map((node) => ({
    node,
    mark: markOf(isNode(node) ? node.toJS(document) : node),
  }));
  list.items = values.map((value) => {
    const at = left.findIndex(({ mark }) => mark === markOf(value));
    const [known] = at < 0 ? [] : left.splice(at, 1);
    return merged(document, known?.node, value);
  });
  return list;
}
