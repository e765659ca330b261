/** What is wrong with an expression: said in our words, so that no error of the library reaches a user. */
import { PermanentFailure } from "@drover/errors";

const shownLengthMax = 200;
const reasonLengthMax = 500;

/** Trying again cannot help: an expression gives the same value every time. */
export class ExpressionFault extends PermanentFailure {
  readonly expression: string;
  readonly reason: string;
  /** Where within the parameters it stands, like `context.files[0]`; undefined outside of parameters. */
  readonly path: string | undefined;

  constructor(expression: string, reason: string, path?: string) {
    const short = cut(reason, reasonLengthMax);
    const place = path === undefined ? "" : `${path}: `;
    super(
      "expression_failed",
      `${place}${short} in the expression ${cut(expression.trim(), shownLengthMax)}`,
    );
    this.expression = expression;
    this.reason = short;
    this.path = path;
  }

  at(path: string): ExpressionFault {
    return new ExpressionFault(this.expression, this.reason, path);
  }
}

/** `at character 7`, or with the line where there are several. */
export function positionIn(source: string, offset: number): string {
  const before = source.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return source.includes("\n") ? `at line ${line}, character ${column}` : `at character ${column}`;
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}
