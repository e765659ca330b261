/** What an expression names: known before it runs, so that only those outputs are loaded, and a wrong name is found early. */
import type { ASTNode } from "@marcbachmann/cel-js";

/** An expression of at most so many parts, without loops, needs no watch on its time. */
const simplePartsMax = 100;

export interface References {
  /** Ids of steps, each once. */
  readonly steps: readonly string[];
  /** Inputs that must be there. */
  readonly inputs: readonly string[];
  /** Inputs that may be absent: those that stand in `has(…)` or behind `.?`. */
  readonly optionalInputs: readonly string[];
  /** Whether it names `item` or `index`. */
  readonly usesItem: boolean;
  /** Whether evaluating it is quick whatever it is given. */
  readonly simple: boolean;
  /** The first place where `steps` stands without the id of a step: its offset in the source. */
  readonly unnamedStepAt: number | undefined;
}

const quickFunctions = new Set(["has", "string", "int", "double", "bool", "dyn"]);
const loops = new Set(["all", "exists", "exists_one", "map", "filter"]);

export function namedReferences(ast: ASTNode): References {
  const walk = new Walk();
  walk.visit(ast, { bound: new Set(), optional: false });
  return {
    steps: [...walk.steps],
    inputs: [...walk.inputs],
    optionalInputs: [...walk.optionalInputs],
    usesItem: walk.usesItem,
    simple: walk.parts <= simplePartsMax && !walk.calls,
    unnamedStepAt: walk.unnamedStepAt,
  };
}

interface Place {
  /** Names that a loop or `cel.bind` has given a meaning of its own. */
  readonly bound: ReadonlySet<string>;
  /** Inside of `has(…)`, where a name need not exist. */
  readonly optional: boolean;
}

class Walk {
  readonly steps = new Set<string>();
  readonly inputs = new Set<string>();
  readonly optionalInputs = new Set<string>();
  usesItem = false;
  calls = false;
  parts = 0;
  unnamedStepAt: number | undefined;

  visit(node: ASTNode, place: Place): void {
    this.parts += 1;
    switch (node.op) {
      case "value":
        break;
      case "id":
        this.#name(node.args, node.start, place);
        break;
      case ".":
      case ".?":
      case "[]":
      case "[?]":
        this.#access(node, place);
        break;
      case "call":
        this.#call(node.args[0], node.args[1], place);
        break;
      case "rcall":
        this.#method(node.args[0], node.args[1], node.args[2], place);
        break;
      case "map":
        this.#all(node.args.flat(), place);
        break;
      case "!_":
      case "-_":
        this.visit(node.args, place);
        break;
      default:
        this.#all(node.args, place);
    }
  }

  #all(nodes: readonly ASTNode[], place: Place): void {
    for (const node of nodes) this.visit(node, place);
  }

  #name(name: string, at: number, { bound }: Place): void {
    if (bound.has(name)) return;
    if (name === "item" || name === "index") this.usesItem = true;
    if (name === "steps") this.unnamedStepAt ??= at;
  }

  #access(node: ASTNode & { op: "." | ".?" | "[]" | "[?]" }, place: Place): void {
    const [target, field] = node.args;
    const key = typeof field === "string" ? field : literalText(field);
    if (target.op === "id" && key !== undefined && !place.bound.has(target.args)) {
      if (target.args === "steps") {
        this.steps.add(key);
        return;
      }
      if (target.args === "inputs") {
        const required = !place.optional && (node.op === "." || node.op === "[]");
        (required ? this.inputs : this.optionalInputs).add(key);
        return;
      }
    }
    this.visit(target, place);
    if (typeof field !== "string") this.visit(field, place);
  }

  #call(name: string, args: readonly ASTNode[], place: Place): void {
    if (!quickFunctions.has(name)) this.calls = true;
    this.#all(args, name === "has" ? { ...place, optional: true } : place);
  }

  #method(name: string, receiver: ASTNode, args: readonly ASTNode[], place: Place): void {
    if (name !== "orValue") this.calls = true;
    const [first, second, ...rest] = args;
    if (first?.op === "id" && second !== undefined) {
      const inner = { ...place, bound: new Set([...place.bound, first.args]) };
      if (loops.has(name)) {
        this.visit(receiver, place);
        this.#all([second, ...rest], inner);
        return;
      }
      if (name === "bind" && receiver.op === "id" && receiver.args === "cel") {
        this.visit(second, place);
        this.#all(rest, inner);
        return;
      }
    }
    this.#all([receiver, ...args], place);
  }
}

function literalText(node: ASTNode): string | undefined {
  return node.op === "value" && typeof node.args === "string" ? node.args : undefined;
}
