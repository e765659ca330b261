/**
 * `prompt`: does the directives that the prompt holds, one a line, in their order; without any it writes NOTES.md.
 * The directives make it the tool of tests for abort, failure, crash and question; README.md lists them.
 */
import { z } from "zod";
import { act, type Outcome, type Script, type Step } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";

interface Directive {
  readonly pattern: RegExp;
  readonly steps: (match: RegExpExecArray) => readonly Step[];
  readonly says?: (match: RegExpExecArray) => string;
}

/** How long a shell command may take, in milliseconds, unless it sleeps for longer. */
const commandTimeoutMs = 60_000;
const millisecondsOf = (seconds: string | undefined) => Math.round(Number(seconds) * 1000);

const directives: readonly Directive[] = [
  {
    pattern: /^write (\S+): (.*)$/,
    steps: ([, path = "", content = ""]) => [act({ kind: "write", path, content: `${content}\n` })],
  },
  { pattern: /^read (\S+)$/, steps: ([, path = ""]) => [act({ kind: "read", path })] },
  {
    pattern: /^run (.+)$/,
    steps: ([, command = ""]) => [act({ kind: "shell", command, timeoutMs: commandTimeoutMs })],
  },
  {
    pattern: /^sleep (\d+(?:\.\d+)?)$/,
    steps: ([, seconds]) => [
      act({
        kind: "shell",
        command: `sleep ${seconds}`,
        timeoutMs: millisecondsOf(seconds) + commandTimeoutMs,
      }),
    ],
  },
  { pattern: /^fetch (\S+)$/, steps: ([, url = ""]) => [act({ kind: "fetch", url })] },
  {
    pattern: /^ask ([^|]+?)((?:\s*\|\s*[^|]+)*)$/,
    steps: ([, question = "", options = ""]) => [
      act({ kind: "question", question, options: listed(options) }),
    ],
  },
  { pattern: /^delegate (.+)$/, steps: ([, prompt = ""]) => [act({ kind: "delegate", prompt })] },
  {
    pattern: /^at once (.+)$/,
    steps: ([, lines = ""]) => {
      const steps = lines.split(" || ").flatMap((line) => matches(line).flatMap(stepsOf));
      const together = (outcomes: readonly Outcome[]) =>
        steps.flatMap((step) => (step.kind === "act" ? step.act(outcomes) : []));
      return [{ kind: "act", act: together }];
    },
  },
  {
    pattern: /^call ([\w-]+)(?: (\{.*\}))?$/,
    steps: ([, tool = "", values]) => [act({ kind: "call", tool, arguments: argumentsOf(values) })],
  },
  {
    pattern: /^slow (\d+(?:\.\d+)?)$/,
    steps: ([, seconds]) => [{ kind: "delay", delayMs: millisecondsOf(seconds) }],
  },
  {
    pattern: /^fail ([45]\d\d)(?: (\d+))?$/,
    steps: ([, status, retryAfter]) => [
      {
        kind: "fail",
        status: Number(status),
        retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
      },
    ],
  },
  { pattern: /^hang$/, steps: () => [{ kind: "hang" }] },
  { pattern: /^say (.+)$/, steps: () => [], says: ([, text = ""]) => text },
];

/** What is no object is left out: the tool then says what it misses. */
function argumentsOf(text = "{}"): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return {};
  }
}

function listed(options: string): string[] {
  return options
    .split("|")
    .map((label) => label.trim())
    .filter((label) => label !== "");
}

interface Match {
  readonly directive: Directive;
  readonly match: RegExpExecArray;
}

function matches(line: string): Match[] {
  return directives.flatMap((directive) => {
    const match = directive.pattern.exec(line.trim());
    return match === null ? [] : [{ directive, match }];
  });
}

const stepsOf = ({ directive, match }: Match) => directive.steps(match);

export function obeyPrompt(prompt: TaskPrompt): Script {
  const found = prompt.instructions.split("\n").flatMap(matches);
  if (found.length === 0) return takeNote(prompt);
  const said = found.flatMap(({ directive, match }) => directive.says?.(match) ?? []);
  return {
    steps: found.flatMap(stepsOf),
    closing: (outcomes) => {
      const answers = outcomes
        .filter(({ intent }) => intent.kind === "question")
        .map(({ result }) => `The answer was: ${result.trim()}`);
      const lines = [...said, ...answers];
      return lines.length > 0 ? lines.join("\n") : "What the prompt's directives ask for was tried.";
    },
  };
}

function takeNote(prompt: TaskPrompt): Script {
  const content = `# Notes\n\n${prompt.headline}\n`;
  return {
    steps: [act({ kind: "write", path: "NOTES.md", content })],
    closing: () => "The first line of the prompt stands in NOTES.md.",
  };
}
