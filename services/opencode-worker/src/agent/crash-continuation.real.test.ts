import { createServer, type Server } from "node:http";
import { type DemoModel, startDemoModel } from "@drover/demo-model";
import { RetryableFailure } from "@drover/errors";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AgentBench, agentBench, ofKind, outputOf } from "./agent.fixture.ts";
import { type Start, TaskLife } from "./task-life.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

/** Before the demo model: counts what is asked of it, and fails when it is to. */
const model = { requests: 0, failing: false };
let demo: DemoModel;
let server: Server;
let bench: AgentBench;
beforeAll(async () => {
  demo = await startDemoModel();
  server = createServer(async (request, response) => {
    model.requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = demo.url.replace("/v1", request.url ?? "");
    const answer = model.failing
      ? Response.json({ error: { message: "Down." } }, { status: 503 })
      : await fetch(url, { method: "POST", body: Buffer.concat(chunks) });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  bench = await agentBench(process.env, { DROVER_MODEL_BASE_URL: `http://127.0.0.1:${port}/v1` });
});
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]();
  await demo?.[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  model.failing = false;
});

function completed(end: unknown) {
  if (end instanceof Error) throw end;
  return Object(end);
}

const toolRuns = ({ context }: Start, command: string) =>
  ofKind(context.progressed, "tool").some(
    (data) => data["state"] === "running" && Object(data["input"])["command"] === command,
  );

/** Edits, a command that lasts until `file` is there, and edits. */
const edits = (log: string, file: string) =>
  `run echo one >> ${log}\nwrite a-${log}: 1\nrun test -e ${file} || sleep 600\nrun echo two >> ${log}`;

test("an instance killed in the middle of edits: the next start goes on in its session and repeats none", async () => {
  const life = new TaskLife(bench.prompt(edits("log.txt", "go.txt")));
  const first = life.start(bench.agent);
  await eventually(() => toolRuns(first, "test -e go.txt || sleep 600"), { deadlineMs: 60_000 });
  process.kill(await bench.server(), "SIGKILL");
  expect(await first.ended).toMatchObject({ name: "RetryableFailure", code: "instance_failed" });
  await bench.put("ws-1", "go.txt", "");
  const second = life.start(bench.agent);
  const result = completed(await second.ended);
  const { files, session_id } = outputOf(result);
  expect(session_id).toBe(life.checkpoint?.["session"]);
  expect(await bench.read("ws-1", "log.txt")).toBe("one\ntwo\n");
  expect(files.map(({ path }) => path)).toEqual(["a-log.txt", "go.txt", "log.txt"]);
  expect(toolRuns(second, "echo one >> log.txt")).toBe(false);
  // What the first start has used counts, too.
  const inputTokens = [first, second].flatMap(({ context }) =>
    ofKind(context.progressed, "usage").map((data) => Number(data["input_tokens"])),
  );
  expect(inputTokens.length).toBeGreaterThan(4);
  expect(result.usage.input_tokens).toBe(inputTokens.reduce((sum, tokens) => sum + tokens, 0));
});

test("a worker that lost its hold, its instance alive: the next start stops what is under way and goes on", async () => {
  const life = new TaskLife(bench.prompt(edits("lost.txt", "found.txt")));
  const hold = new AbortController();
  const first = life.start(bench.agent, hold.signal);
  await eventually(() => toolRuns(first, "test -e found.txt || sleep 600"), { deadlineMs: 60_000 });
  const server = await bench.server();
  hold.abort(new RetryableFailure("lock_lost", "Somebody else has it."));
  expect(await first.ended).toMatchObject({ code: "lock_lost" });
  await bench.put("ws-1", "found.txt", "");
  completed(await life.run(bench.agent));
  expect(await bench.read("ws-1", "lost.txt")).toBe("one\ntwo\n");
  expect(await bench.server()).toBe(server);
});

test("finished, but never reported: the result is read again and no model is asked", async () => {
  const life = new TaskLife(bench.prompt("write done.txt: done\nsay All is well."));
  const first = completed(await life.run(bench.agent));
  const requests = model.requests;
  expect(completed(await life.run(bench.agent))).toEqual(first);
  expect(outputOf(first).summary).toContain("All is well.");
  expect(model.requests).toBe(requests);
});

test("the model fails after some edits: the next attempt goes on after them", async () => {
  const wait = "until test -e fail.txt; do sleep 0.1; done";
  const life = new TaskLife(
    bench.prompt(`run echo one >> model.txt\nrun ${wait}\nrun echo two >> model.txt`),
  );
  const first = life.start(bench.agent);
  await eventually(() => toolRuns(first, wait), { deadlineMs: 60_000 });
  model.failing = true;
  await bench.put("ws-1", "fail.txt", "");
  expect(await first.ended).toMatchObject({ name: "RetryableFailure", code: "model_unavailable" });
  model.failing = false;
  const { session_id } = outputOf(completed(await life.run(bench.agent)));
  expect(session_id).toBe(life.checkpoint?.["session"]);
  expect(await bench.read("ws-1", "model.txt")).toBe("one\ntwo\n");
});

test("a prompt that never arrived is sent, and a session that is gone is begun anew", async () => {
  const life = new TaskLife(bench.prompt("write sent.txt: sent"));
  completed(await life.run(bench.agent));
  const { session } = Object(life.checkpoint);
  for (const checkpoint of [
    { session, prompts: ["msg_000000000000aaaaaaaaaaaaaa"], pending: null, verdicts: [] },
    { session: "ses_gone", prompts: ["msg_gone"], pending: null, verdicts: [] },
    { of: "another version" },
  ]) {
    await bench.put("ws-1", "sent.txt", "before\n");
    const again = new TaskLife(bench.prompt("write sent.txt: again"), checkpoint);
    const { session_id, files } = outputOf(completed(await again.run(bench.agent)));
    expect(files).toMatchObject([{ path: "sent.txt", status: "modified" }]);
    expect(session_id === session).toBe(checkpoint.session === session);
  }
});
