/** The demo model as a process: prints `{"url": …}` when it listens, and stops on SIGTERM or SIGINT. */
import { once } from "node:events";
import { readConfig } from "@drover/config";
import { z } from "zod";
import { startDemoModel } from "./start-demo-model.ts";

const settings = z.object({
  DROVER_DEMO_MODEL_HOST: z.string().min(1).default("127.0.0.1"),
  DROVER_DEMO_MODEL_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
});

const config = readConfig(settings, process.env);
const model = await startDemoModel({
  host: config.DROVER_DEMO_MODEL_HOST,
  port: config.DROVER_DEMO_MODEL_PORT,
});
process.stdout.write(`${JSON.stringify({ url: model.url })}\n`);
await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
await model[Symbol.asyncDispose]();
