import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordedContext } from "@drover/agent-kit/conformance";
import { startDemoModel } from "@drover/demo-model";
import { createLogger } from "@drover/observability";
import { expect, test } from "vitest";
import { readOpenCodeConfig } from "../config.ts";
import { findOpenCode, findRipgrepFolder } from "../instance/find-binary.ts";
import { ProcessRuntime } from "../instance/process-runtime.ts";
import { ModelRelay } from "../model/model-relay.ts";
import { outcomeOf } from "./outcome.ts";
import { ProgressReporter } from "./progress-reporter.ts";
import { PromptRun } from "./prompt-run.ts";

test("what is asked in spite of all permissions is refused, and the run comes to its end", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "drover-asked-")));
  const logger = createLogger({ service: "test", level: "silent" });
  const { inheritedEnvironment } = readOpenCodeConfig({ ...process.env, DROVER_WORKSPACES_DIR: folder });
  const searchPath = inheritedEnvironment["PATH"] ?? "";
  await using model = await startDemoModel();
  await using relay = await ModelRelay.open({ baseUrl: model.url, apiKey: undefined }, logger);
  await using runtime = await ProcessRuntime.open({
    binary: await findOpenCode({ configured: undefined, searchPath }),
    ripgrepFolder: await findRipgrepFolder(searchPath),
    workerFolder: join(folder, "state"),
    inheritedEnvironment,
    model: {
      model: "drover-demo",
      furtherModels: [],
      contextTokens: 100_000,
      outputTokens: 8_000,
      inputUsd: 0,
      outputUsd: 0,
    },
    relay,
    ownerId: "asked",
    logger,
  });
  const spec = { organizationId: "default", workspaceId: "ws-1", directory: folder, registration: null };
  await using instance = await runtime.start(spec, new AbortController().signal);
  const session = await instance.client.session.create({
    title: "asks",
    permission: [{ permission: "bash", pattern: "*", action: "ask" }],
  });
  const sessionId = session.data?.id ?? "";
  const context = recordedContext();
  const end = await new PromptRun({
    instance,
    sessionId,
    text: "run echo hello",
    model: { providerID: "drover", modelID: "drover-demo" },
    agentMode: "build",
    reporter: new ProgressReporter({ context, sessionId, directory: folder, redact: (text) => text }),
    signal: context.signal,
    logger,
  }).execute();
  expect(outcomeOf({ ...end, modelFault: null }).summary).not.toBe("");
  const bash = context.progressed.filter((data) => data["tool"] === "bash").at(-1);
  expect(bash).toMatchObject({ state: "error", error: expect.stringContaining("nobody can be asked") });
  await rm(folder, { recursive: true, force: true });
});
