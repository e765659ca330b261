/** Puts values in the place of expressions. */
import type { Payload } from "@drover/contracts";
import type { Expression } from "./expression.ts";
import { ExpressionFault } from "./expression-fault.ts";
import { asText } from "./expression-functions.ts";
import type { TemplateNode } from "./read-template.ts";
import type { Scope } from "./scope.ts";

/** What all expressions of one task's parameters may come to, in characters of JSON. */
const resolvedLengthMax = 4 * 1024 * 1024;

/** @throws ExpressionFault with the path of the expression that has no value */
export function resolveTemplate(
  entries: readonly (readonly [string, TemplateNode])[],
  scope: Scope,
): Payload {
  return new Resolver(scope).entries(entries);
}

class Resolver {
  readonly #scope: Scope;
  #lengthLeft = resolvedLengthMax;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** `fromEntries` defines each as its own property: a key `__proto__` stays a key. */
  entries(entries: readonly (readonly [string, TemplateNode])[]): Payload {
    return Object.fromEntries(entries.map(([key, node]) => [key, this.#value(node)]));
  }

  #value(node: TemplateNode): unknown {
    switch (node.kind) {
      case "literal":
        return node.value;
      case "value":
        return this.#evaluate(node.expression, node.path);
      case "text":
        return node.parts
          .map((part) => (typeof part === "string" ? part : asText(this.#evaluate(part, node.path))))
          .join("");
      case "list":
        return node.items.map((item) => this.#value(item));
      case "map":
        return this.entries(node.entries);
    }
  }

  #evaluate(expression: Expression, path: string): unknown {
    try {
      const value = expression.evaluate(this.#scope);
      this.#lengthLeft -= JSON.stringify(value).length;
      if (this.#lengthLeft >= 0) return value;
      throw new ExpressionFault(expression.source, "the parameters come to more than 4 MiB");
    } catch (error) {
      throw error instanceof ExpressionFault ? error.at(path) : error;
    }
  }
}
