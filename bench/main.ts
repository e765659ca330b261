/** `npm run bench`: measures Drover against its baselines, and writes what it found. */
import { parseArgs } from "node:util";
import { fullBench, quickBench, readChapters } from "./bench-options.ts";
import { summaryOf } from "./report/tables.ts";
import { writeReport, writeResults } from "./report/write-report.ts";
import { runBench } from "./run-bench.ts";

const usage = `npm run bench -- [--quick] [--rounds N] [--only chapter,…] [--out FILE] [--report]
  --quick   little of everything, in less than a minute: whether the bench works, not how fast Drover is
  --only    memory, throughput, accept, idle, dags, commands, parts, growth
  --out     where the results go as JSON
  --report  writes the tables of docs/benchmarks.md and bench/results as well`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    out: { type: "string" },
    report: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  const base = values.quick ? quickBench : fullBench;
  const results = await runBench(
    {
      ...base,
      rounds: values.rounds === undefined ? base.rounds : Number(values.rounds),
      chapters: readChapters(values.only),
    },
    (line) => console.error(line),
  );
  console.log(summaryOf(results));
  if (values.out !== undefined) await writeResults(values.out, results);
  if (values.report) await writeReport(results);
}
