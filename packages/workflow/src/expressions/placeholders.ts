/** Finds `${{ … }}` in a text. `$${{` stands for the characters `${{` themselves. */
import { ExpressionFault } from "./expression-fault.ts";

export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "source"; readonly source: string };

const opening = "${{";
const escaped = "$${{";
const closing = "}}";

/** @throws ExpressionFault for an opening without its end */
export function readPlaceholders(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf("$", at);
    if (next === -1) break;
    literal += text.slice(at, next);
    if (text.startsWith(escaped, next)) {
      literal += opening;
      at = next + escaped.length;
    } else if (text.startsWith(opening, next)) {
      if (literal !== "") parts.push({ kind: "text", text: literal });
      literal = "";
      const from = next + opening.length;
      const end = endOfExpression(text, from);
      if (end === -1) throw new ExpressionFault(text.slice(next), "${{ has no }}");
      parts.push({ kind: "source", source: text.slice(from, end) });
      at = end + closing.length;
    } else {
      literal += "$";
      at = next + 1;
    }
  }
  literal += text.slice(at);
  if (literal !== "") parts.push({ kind: "text", text: literal });
  return parts;
}

/** The first `}}` that is neither within a string of the expression nor the end of a map in it; -1 where there is none. */
function endOfExpression(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === '"' || character === "'") {
      at = endOfString(text, at);
      continue;
    }
    if (character === "{") depth += 1;
    if (character === "}") {
      if (depth === 0) return text.startsWith(closing, at) ? at : -1;
      depth -= 1;
    }
    at += 1;
  }
  return -1;
}

/** The offset behind a string that begins at `from`. */
function endOfString(text: string, from: number): number {
  const quote = text.charAt(from);
  const mark = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  let at = from + mark.length;
  while (at < text.length) {
    if (text[at] === "\\") at += 2;
    else if (text.startsWith(mark, at)) return at + mark.length;
    else at += 1;
  }
  return text.length;
}
