import { agentConformance } from "@drover/agent-kit/conformance";
import { trackLeaks } from "@drover/testing";
import { afterAll } from "vitest";
import { agentBench } from "./agent.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

agentConformance("opencode", async () => {
  const bench = await agentBench(process.env);
  return {
    agent: bench.agent,
    quickTask: () => bench.prompt("write a.txt: hello"),
    endlessTask: () => bench.prompt("sleep 600"),
    invalidTask: () => bench.task({ action: "prompt" }),
    leftovers: async () => (await bench.processes()).map((pid) => `process ${pid}`),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});
