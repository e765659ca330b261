import { deadLetter as letterSchema, listOf } from "@drover/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Bench, echo, idOf, startBench } from "../../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const lettersOf = (body: unknown) => listOf("dead_letters", letterSchema).parse(body).dead_letters;

/** A task that used up its attempts; its dead letter's id. */
async function deadLetter(
  organization_id: string,
  code = "agent_failed",
): Promise<{ task: string; letter: string }> {
  const made = await bench.owner.call("POST", "/execute", { body: { ...echo(), organization_id } });
  const claim = await bench.claim(idOf(made.body), organization_id);
  await claim.fail({ code, message: "It broke.", retryable: true, attempt: 1 });
  const list = await bench.owner.call("GET", `/dead-letters?q=organization:${organization_id}`);
  return { task: idOf(made.body), letter: idOf(lettersOf(list.body)[0]) };
}

test("a dead letter tells what failed, and its task runs again when it is redriven", async () => {
  const { task, letter } = await deadLetter("org-a");
  const list = await bench.owner.call("GET", "/dead-letters?q=reason:agent_failed%20organization:org-a");
  expect(lettersOf(list.body)[0]).toMatchObject({
    id: letter,
    task_id: task,
    attempts: 1,
    reason: "agent_failed",
  });
  const redriven = await bench.owner.call("POST", `/dead-letters/${letter}/redrive`);
  expect(redriven).toMatchObject({
    status: 202,
    body: { id: task, status: "queued", attempt: 0, error: null },
  });
  expect((await bench.owner.call("POST", `/dead-letters/${letter}/redrive`)).status).toBe(404);
});

test("a search redrives what it finds, and nothing of an organization that the caller may not change", async () => {
  const mine = await deadLetter("org-m");
  await deadLetter("org-n");
  const owner = await bench.caller({ role: "owner", organization_id: "org-m" });
  const everything = await owner.call("POST", "/dead-letters/redrive", { body: { q: "agent:diagnostics" } });
  expect(everything).toMatchObject({
    status: 202,
    body: { redriven: 1, task_ids: [mine.task], remaining: 0 },
  });
  const viewer = await bench.caller({ role: "viewer", organization_id: "org-n" });
  expect(
    (await viewer.call("POST", "/dead-letters/redrive", { body: { q: "agent:diagnostics" } })).status,
  ).toBe(403);
  expect((await owner.call("POST", "/dead-letters/redrive", { body: { q: "colour:red" } })).status).toBe(400);
});

test("a dropped dead letter is gone and its task stays failed", async () => {
  const { task, letter } = await deadLetter("org-d");
  const viewer = await bench.caller({ role: "viewer", organization_id: "org-d" });
  expect((await viewer.call("DELETE", `/dead-letters/${letter}`)).status).toBe(403);
  const stranger = await bench.caller({ role: "owner", organization_id: "org-e" });
  expect((await stranger.call("DELETE", `/dead-letters/${letter}`)).status).toBe(404);
  expect((await stranger.call("POST", `/dead-letters/${letter}/redrive`)).status).toBe(404);
  expect((await bench.owner.call("DELETE", `/dead-letters/${letter}`)).status).toBe(204);
  expect((await bench.owner.call("DELETE", `/dead-letters/${letter}`)).status).toBe(404);
  expect((await bench.owner.call("GET", `/tasks/${task}`)).body).toMatchObject({ status: "failed" });
});
