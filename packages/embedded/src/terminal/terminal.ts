/** What a person sees: colors only where there is a terminal for them, progress on stderr, answers on stdout. */
import { styleText } from "node:util";
import type { Environment } from "@drover/config";

type Format = Parameters<typeof styleText>[0];

export interface Terminal {
  /** Whether lines that were written can be drawn again. */
  readonly interactive: boolean;
  readonly columns: number;
  /** Styles a text where styles are shown. */
  style(format: Format, text: string): string;
  /** An answer. */
  print(text: string): void;
  /** A line about what is being done. */
  say(line: string): void;
  /** Raw text on the terminal, e.g. a drawing. */
  draw(text: string): void;
}

export function openTerminal(environment: Environment): Terminal {
  const interactive = process.stdout.isTTY === true && environment["TERM"] !== "dumb";
  const styled = interactive && !environment["NO_COLOR"];
  return {
    interactive,
    get columns() {
      return process.stdout.columns ?? 80;
    },
    style: (format, text) => (styled ? styleText(format, text) : text),
    print: (text) => process.stdout.write(`${text}\n`),
    say: (line) => process.stderr.write(`${line}\n`),
    draw: (text) => process.stdout.write(text),
  };
}
