/** The model that OpenCode and the planner use: the configured one, or the built-in demo model in a process of its own. */
import { join } from "node:path";
import type { Environment } from "@drover/config";
import { freePort } from "@drover/processes";
import type { Say } from "@drover/redis-server";
import { SupervisedProcess } from "../supervision/supervised-process.ts";
import { demoModelEntry } from "./service-definition.ts";
import { serviceEnvironment } from "./service-environment.ts";
import { answersOk, fromSource } from "./stack-service.ts";

export interface StackModel {
  /** In words, for the person at the terminal. */
  readonly description: string;
  readonly isDemo: boolean;
  /** For the services that ask it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Null when it is not ours. */
  readonly process: SupervisedProcess | null;
  readonly logFile: string;
}

const graceMs = 2_000;
const demoModelName = "drover-demo";

export async function stackModel(
  environment: Environment,
  logsDirectory: string,
  say: Say,
): Promise<StackModel> {
  const logFile = join(logsDirectory, "demo-model.log");
  const baseUrl = environment["DROVER_MODEL_BASE_URL"];
  if (baseUrl !== undefined && baseUrl !== "") {
    const name = environment["DROVER_MODEL"] || demoModelName;
    return { description: `${name} at ${baseUrl}`, isDemo: false, settings: {}, process: null, logFile };
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1`;
  const process = new SupervisedProcess({
    name: "demo-model",
    logFile,
    launch: async () =>
      fromSource(demoModelEntry, logFile, {
        ...serviceEnvironment("demo-model", environment),
        DROVER_DEMO_MODEL_PORT: String(port),
      }),
    isReady: () => answersOk(`${url}/models`),
    graceMs,
    say,
  });
  return {
    description: "the built-in demo model, which follows a script and is no language model",
    isDemo: true,
    settings: { DROVER_MODEL_BASE_URL: url, DROVER_MODEL: demoModelName, DROVER_MODEL_API_KEY: "demo" },
    process,
    logFile,
  };
}
