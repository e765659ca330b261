/** `npm run chaos`: hurts a stack for some minutes and says whether it kept its promises. Exits with 1 where it did not. */
import { randomInt } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { topologies } from "./harness/chaos-options.ts";
import { toText } from "./harness/chaos-report.ts";
import { runChaos } from "./harness/run-chaos.ts";
import { FormerVersionUnavailable } from "./world/former-version.ts";

const usage =
  "Usage: npm run chaos -- [--minutes N] [--seed S] [--topology single|sentinel|cluster|mixed] [--lanes N] [--evidence DIR] [--json] [--quiet]";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(randomInt(1, 1_000_000)) },
    topology: { type: "string", default: "single" },
    lanes: { type: "string", default: "16" },
    evidence: { type: "string", default: join(tmpdir(), `drover-chaos-evidence-${process.pid}`) },
    json: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
  },
});
const options = z
  .object({
    minutes: z.coerce.number().positive().max(1440),
    seed: z.coerce.number().int(),
    topology: z.enum(topologies),
    evidence: z.string().min(1),
    lanes: z.coerce.number().int().min(1).max(200),
  })
  .safeParse(values);
if (options.success) {
  const startMs = Date.now();
  const say = values.quiet
    ? () => undefined
    : (line: string) =>
        void process.stderr.write(`[${((Date.now() - startMs) / 1000).toFixed(1).padStart(6)}] ${line}\n`);
  try {
    const report = await runChaos({ ...options.data, say });
    process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : toText(report)}\n`);
    process.exitCode = report.faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof FormerVersionUnavailable)) throw error;
    process.stdout.write(`chaos ${options.data.topology}: skipped. ${error.message}\n`);
  }
} else {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
}
