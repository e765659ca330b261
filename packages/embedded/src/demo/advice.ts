/** What to do next: after a demo that worked, and after one that did not. */
import type { Terminal } from "../terminal/terminal.ts";
import type { DemoReport } from "./demo-report.ts";

export function printNextSteps({ isDemoModel }: DemoReport, { print, style }: Terminal): void {
  print(`\n${style("bold", "What next")}`);
  print("  npm start                        bring Drover up and keep it: API, API docs, queues, metrics");
  if (isDemoModel) {
    print("  DROVER_MODEL_BASE_URL=https://… DROVER_MODEL=… DROVER_MODEL_API_KEY=… npm run demo");
    print("                                   the same with a real model: any OpenAI-compatible endpoint");
  }
  print("  npm run demo -- --keep           keep the workspace and look at what was written");
}

export function printAdvice({ run, isDemoModel, logsDirectory }: DemoReport, { say }: Terminal): void {
  const codes = new Set(run.steps.flatMap(({ error }) => (error === undefined ? [] : [error.code])));
  say("\nThe workflow did not complete. What to do:");
  for (const code of codes) say(`  see docs/errors.md, ${code}`);
  if (!isDemoModel) {
    say(
      "  check DROVER_MODEL_BASE_URL, DROVER_MODEL and DROVER_MODEL_API_KEY, or unset them for the demo model",
    );
  }
  say(`  read the logs in ${logsDirectory}`);
}
