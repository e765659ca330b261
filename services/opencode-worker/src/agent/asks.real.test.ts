import { join } from "node:path";
import { Suspended } from "@drover/agent-kit";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentBench, agentBench, outputOf } from "./agent.fixture.ts";
import { allowed, denied, expired, TaskLife } from "./task-life.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

let bench: AgentBench;
let outside: string;
beforeAll(async () => {
  bench = await agentBench(process.env);
  outside = bench.outside;
});
afterAll(() => bench[Symbol.asyncDispose]());

const life = (prompt: string) => new TaskLife(bench.prompt(prompt));
const killServer = async () => {
  process.kill(await bench.server(), "SIGKILL");
  await eventually(async () => (await bench.processes()).length === 0);
};
const outsideFile = (name: string) => bench.readOutside(name);

function completed(end: unknown) {
  if (end instanceof Error) throw end;
  return outputOf(Object(end));
}

describe.each(["kept", "killed"])("when the instance is %s while a person thinks", (fate) => {
  const meanwhile = async () => {
    if (fate === "killed") await killServer();
  };

  test("what is allowed is done once, in the same session, and the work goes on", async () => {
    const name = `allowed-${fate}.txt`;
    const task = life(
      `run echo before >> log-${fate}.txt\nwrite ${join(outside, name)}: yes\nwrite after.txt: ${fate}`,
    );
    expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
    expect(task.questions).toMatchObject([
      {
        kind: "permission",
        message: expect.stringContaining(outside),
        data: { permission: "external_directory", session_id: expect.stringMatching(/^ses_/) },
      },
    ]);
    expect(await outsideFile(name)).toBeNull();
    await meanwhile();
    task.decide(allowed);
    const { files, session_id } = completed(await task.run(bench.agent));
    expect(files.map(({ path }) => path)).toEqual(["after.txt", `log-${fate}.txt`]);
    expect(session_id).toBe(task.questions[0]?.data["session_id"]);
    expect(await outsideFile(name)).toBe("yes\n");
    expect(await bench.read("ws-1", `log-${fate}.txt`)).toBe("before\n");
    expect(task.questions).toHaveLength(1);
  });

  test("what is denied is not done, the model reads why, and goes on", async () => {
    const name = `denied-${fate}.txt`;
    const task = life(`write ${join(outside, name)}: no\nwrite went-on.txt: ${fate}`);
    expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
    await meanwhile();
    task.decide({ ...denied, comment: "Not on my machine." });
    const { files, summary } = completed(await task.run(bench.agent));
    expect(summary).toContain("Not on my machine.");
    expect(files).toMatchObject([{ path: "went-on.txt" }]);
    expect(await outsideFile(name)).toBeNull();
    expect(task.questions).toHaveLength(1);
  });

  test("the answer to a question reaches the model", async () => {
    const task = life("ask Which colour? | Red | Blue\nwrite colour.txt: done");
    expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
    expect(task.questions).toMatchObject([
      { kind: "question", message: "The agent asks:\nWhich colour?\n- Red\n- Blue" },
    ]);
    await meanwhile();
    task.decide({ ...allowed, comment: "blue" });
    const { summary } = completed(await task.run(bench.agent));
    expect(summary).toContain("Blue");
    expect(task.questions).toHaveLength(1);
  });

  test("what nobody answers ends the task by its own code, and the next task finds a free instance", async () => {
    const task = life(`write ${join(outside, "late.txt")}: no`);
    expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
    await meanwhile();
    task.decide(expired);
    expect(await task.run(bench.agent)).toMatchObject({
      name: "PermanentFailure",
      code: "approval_expired",
      message: expect.stringContaining(outside),
    });
    const next = life(`write next.txt: ${fate}`);
    expect(completed(await next.run(bench.agent)).files).toMatchObject([{ path: "next.txt" }]);
    expect(await outsideFile("late.txt")).toBeNull();
  });
});

test("what is to be remembered for the task is not asked again in it, and is asked in the next one", async () => {
  const target = join(outside, "twice.txt");
  const task = life(`write ${target}: 1\nwrite ${target}: 2\nwrite ${join(outside, "three.txt")}: 3`);
  expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
  task.decide({ ...allowed, remember: "task" });
  completed(await task.run(bench.agent));
  expect(task.questions).toHaveLength(1);
  expect(await outsideFile("twice.txt")).toBe("2\n");
  const next = life(`write ${target}: 4`);
  expect(await next.run(bench.agent)).toBeInstanceOf(Suspended);
  bench.agent.abandon?.(next.task.id);
  expect(completed(await life("write b.txt: b").run(bench.agent)).files).toMatchObject([{ path: "b.txt" }]);
});

test("what is not to be asked is refused at once, by a reason that the model reads", async () => {
  await using strict = await agentBench(process.env, { DROVER_OPENCODE_ASK: "none" });
  const task = new TaskLife(strict.prompt("write /tmp/no.txt: no\nask Which?\nwrite after.txt: went on"));
  const { files, summary } = completed(await task.run(strict.agent));
  expect(files).toMatchObject([{ path: "after.txt" }]);
  expect(summary).toContain("Not done: write /tmp/no.txt.");
  expect(task.questions).toEqual([]);
});

test("each command that is to be asked for waits for a person anew", async () => {
  await using careful = await agentBench(process.env, { DROVER_OPENCODE_ASK: "bash" });
  const task = new TaskLife(careful.prompt("run echo one >> n.txt\nrun echo two >> n.txt"));
  expect(await task.run(careful.agent)).toBeInstanceOf(Suspended);
  expect(task.questions.at(-1)?.data).toMatchObject({ permission: "bash", patterns: ["echo one >> n.txt"] });
  task.decide(allowed);
  expect(await task.run(careful.agent)).toBeInstanceOf(Suspended);
  task.decide(denied);
  completed(await task.run(careful.agent));
  expect(await careful.read("ws-1", "n.txt")).toBe("one\n");
  expect(task.questions).toHaveLength(2);
});

test("what is asked at once is put before a person one after the other", async () => {
  const [one, two] = ["once-1.txt", "once-2.txt"] as const;
  const task = life(`at once write ${join(outside, one)}: 1 || write ${join(outside, "deep", two)}: 2`);
  expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
  task.decide(allowed);
  expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
  expect(task.questions).toHaveLength(2);
  task.decide(allowed);
  completed(await task.run(bench.agent));
  expect(await outsideFile(one)).toBe("1\n");
  expect(await outsideFile(join("deep", two))).toBe("2\n");
});

test("a sub-agent asks as its agent does, and what it does counts", async () => {
  const task = life(`delegate write ${join(outside, "sub.txt")}: by a sub-agent`);
  expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
  const [question] = task.questions;
  expect(question?.data["session_id"]).not.toBe(task.checkpoint?.["session"]);
  task.decide(allowed);
  const result = Object(await task.run(bench.agent));
  completed(result);
  expect(await outsideFile("sub.txt")).toBe("by a sub-agent\n");
  expect(result.usage.input_tokens).toBeGreaterThan(0);
});

test.each([
  ["webfetch", "fetch http://127.0.0.1:9/page", "http://127.0.0.1:9/page"],
  ["doom_loop", "at once run true || run true || run true", "bash"],
])("%s is asked, and the work goes on whatever is said", async (permission, prompt, pattern) => {
  const task = life(`${prompt}\nwrite ${permission}.txt: went on`);
  expect(await task.run(bench.agent)).toBeInstanceOf(Suspended);
  expect(task.questions.at(-1)?.data).toMatchObject({ permission, patterns: [pattern] });
  task.decide({ ...allowed, remember: "task" });
  expect(completed(await task.run(bench.agent)).files).toMatchObject([{ path: `${permission}.txt` }]);
  expect(task.questions).toHaveLength(1);
});
