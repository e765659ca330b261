/** Shows a run while it runs: drawn anew on a terminal, a line per event elsewhere. */
import type { Event, StepStatus } from "@drover/contracts";
import type { Terminal } from "../terminal/terminal.ts";
import { describeEvent } from "./describe-event.ts";
import type { RunProgress, StepProgress } from "./run-progress.ts";

export interface ProgressView extends Disposable {
  show(event: Event): void;
}

export function openProgressView(progress: RunProgress, terminal: Terminal): ProgressView {
  return terminal.interactive ? new DrawnView(progress, terminal) : new LineView(progress, terminal);
}

class LineView implements ProgressView {
  readonly #progress: RunProgress;
  readonly #terminal: Terminal;

  constructor(progress: RunProgress, terminal: Terminal) {
    this.#progress = progress;
    this.#terminal = terminal;
  }

  show(event: Event): void {
    this.#progress.apply(event);
    const text = describeEvent(event);
    if (text === null) return;
    const time = event.time.slice(11, 19);
    this.#terminal.print(`${time}  ${(event.step_id ?? "workflow").padEnd(10)} ${text}`);
  }

  [Symbol.dispose](): void {}
}

const redrawMs = 120;
const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const marks: Readonly<Partial<Record<StepStatus, string>>> = {
  completed: "✓",
  failed: "✗",
  cancelled: "✗",
  waiting: "…",
};

class DrawnView implements ProgressView {
  readonly #progress: RunProgress;
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout;
  #frame = 0;
  #drawn = 0;

  constructor(progress: RunProgress, terminal: Terminal) {
    this.#progress = progress;
    this.#terminal = terminal;
    this.#timer = setInterval(() => this.#draw(), redrawMs);
    this.#draw();
  }

  show(event: Event): void {
    this.#progress.apply(event);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw();
  }

  #draw(): void {
    this.#frame += 1;
    const lines = this.#progress.steps.map((step) => this.#line(step));
    const up = this.#drawn === 0 ? "" : `\u001b[${this.#drawn}A`;
    this.#terminal.draw(`${up}\r\u001b[0J${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #line(step: StepProgress): string {
    const turning = spinner[this.#frame % spinner.length] ?? "";
    const mark = step.status === "running" ? turning : (marks[step.status] ?? "·");
    const name = `${step.id.padEnd(10)} ${`${step.agent} ${step.task}`.padEnd(26)}`;
    const activity = step.status === "running" ? (step.activity ?? "") : ending(step);
    const text = `  ${mark} ${name} ${elapsed(step)}  ${activity}`.slice(0, this.#terminal.columns - 1);
    return this.#terminal.style(styleOf(step.status), text);
  }
}

function styleOf(status: StepStatus): "green" | "red" | "cyan" | "dim" {
  if (status === "completed") return "green";
  if (status === "failed" || status === "cancelled") return "red";
  return status === "running" ? "cyan" : "dim";
}

function elapsed({ startedMs, finishedMs }: StepProgress): string {
  if (startedMs === null) return "".padStart(6);
  return `${(((finishedMs ?? Date.now()) - startedMs) / 1000).toFixed(1)} s`.padStart(6);
}

function ending({ status, files }: StepProgress): string {
  return files.size === 0 ? status : `${status}, wrote ${[...files].join(", ")}`;
}
