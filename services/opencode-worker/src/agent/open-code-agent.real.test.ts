import { recordedContext } from "@drover/agent-kit/conformance";
import { expect, test } from "vitest";
import { agentBench, outputOf } from "./agent-bench.ts";

test("a file is written in a workspace that is no git repository", async () => {
  await using bench = await agentBench();
  const context = recordedContext();
  const t = Date.now();
  const result = await bench.agent.execute(
    bench.task({
      action: "generate_code",
      language: "go",
      prompt: "A greeter",
      context: { file_path: "api/greet.go" },
    }),
    context,
  );
  console.log(
    Date.now() - t,
    JSON.stringify(result, null, 1),
    JSON.stringify(context.progressed),
    JSON.stringify(context.outputs),
    context.spans,
  );
  expect(outputOf(result).files).toHaveLength(1);
});
