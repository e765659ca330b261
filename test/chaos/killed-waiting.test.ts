/** Steps that wait are in the ledger and in no process: killing who looks after them changes nothing. */
import { type Approval, decideApproval, listApprovals, type Workflow } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ serviceEnvironment: { "*": { DROVER_LOCK_SECONDS: "2" } } });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

const control = (id: string, task: string, parameters: Record<string, unknown>) => ({
  id,
  agent: "control",
  task,
  parameters,
});
const after = (depends_on: string) => ({
  id: "after",
  agent: "diagnostics",
  task: "echo",
  parameters: { value: "done" },
  depends_on: [depends_on],
});

async function question(run: Workflow): Promise<Approval> {
  return await eventually(
    async () => {
      const query = { q: `status:open workflow:${run.id}` };
      const { approvals } = await stack.client.call(listApprovals, { query });
      return approvals[0] ?? false;
    },
    { deadlineMs: 30_000 },
  );
}

const allow = async ({ id }: Approval) =>
  await stack.client.call(decideApproval, { params: { approval_id: id }, body: { decision: "allow" } });

const ends = async (run: Workflow) => await stack.client.waitForWorkflow(run.id, { timeoutMs: 120_000 });

test("SIGKILL of the orchestrator during a wait: it ends at its time, neither anew nor early", async () => {
  const steps = [control("pause", "wait", { duration_seconds: 4 }), after("pause")];
  const run = await stack.client.submitWorkflow({ name: "killed wait", steps });
  for await (const event of stack.client.workflowEvents(run.id)) if (event.type === "step.progress") break;
  stack.service("agentzero-orchestrator").kill("SIGKILL");
  const ended = await ends(run);
  expect(ended).toMatchObject({ status: "completed", result: { output: { after: "done" } } });
  const [pause, next] = ended.steps;
  const untilMs = Date.parse(String(Object(pause?.output)["waited_until"]));
  expect(untilMs - Date.parse(pause?.started_at ?? "")).toBeLessThan(6_000);
  expect(Date.parse(next?.started_at ?? "")).toBeGreaterThanOrEqual(untilMs);
});

test("SIGKILL of the orchestrator while an approval waits: a decision in the meantime counts, and counts once", async () => {
  const steps = [control("gate", "approval", { message: "Go on?" }), after("gate")];
  const run = await stack.client.submitWorkflow({ name: "killed approval", steps });
  const approval = await question(run);
  const orchestrator = stack.service("agentzero-orchestrator");
  orchestrator.kill("SIGKILL");
  expect(await allow(approval)).toMatchObject({ status: "allowed" });
  expect(await ends(run)).toMatchObject({
    status: "completed",
    steps: [{ status: "completed", output: { decision: "allow" } }, { status: "completed" }],
  });
  await expect(allow(approval)).rejects.toMatchObject({ code: "already_decided" });
});

test("SIGKILL of the orchestrator while a child runs, and again as it ends: the parent goes on with its result", async () => {
  const child = { name: "child", steps: [control("gate", "approval", { message: "Go on?" })] };
  const steps = [control("call", "workflow", { workflow: child }), after("call")];
  const run = await stack.client.submitWorkflow({ name: "killed parent", steps });
  const inner = await eventually(
    async () => {
      const query = { q: "status:open" };
      const { approvals } = await stack.client.call(listApprovals, { query });
      return approvals.find(({ workflow_id }) => workflow_id !== run.id) ?? false;
    },
    { deadlineMs: 30_000 },
  );
  const orchestrator = stack.service("agentzero-orchestrator");
  const afterPid = orchestrator.pid;
  orchestrator.kill("SIGKILL");
  await allow(inner);
  await orchestrator.waitRestarted({ afterPid });
  orchestrator.kill("SIGKILL");
  expect(await ends(run)).toMatchObject({
    status: "completed",
    steps: [{ output: { gate: { decision: "allow" } } }, { status: "completed" }],
  });
});
