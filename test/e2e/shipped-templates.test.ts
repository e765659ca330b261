/** Each template that is shipped runs to its end on the embedded stack, each of its ways once. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decideApproval, listApprovals, type Payload, type Workflow } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drover } from "./drover-command.ts";

const waitMs = 170_000;
/** Several runs of OpenCode, one after the other. */
const testMs = 360_000;
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  const imported = await drover(stack, ["workflows", "import", "examples/templates"]);
  expect(imported, imported.err).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

const start = async (template: string, inputs: Payload): Promise<string> =>
  (await stack.client.submitWorkflow({ template, inputs, workspace_id: `ws-${template}` })).id;
const end = (id: string): Promise<Workflow> => stack.client.waitForWorkflow(id, { timeoutMs: waitMs });
const statuses = ({ steps }: Workflow) =>
  Object.fromEntries(steps.map((step) => [step.step_id, step.status]));
const written = (template: string, file: string) =>
  readFile(join(stack.workspacesDir, `ws-${template}`, file), "utf8");

async function decide(run: string, decision: "allow" | "deny"): Promise<void> {
  const asked = await eventually(
    async () => {
      const { approvals } = await stack.client.call(listApprovals, { query: {} });
      return approvals.find((one) => one.workflow_id === run && one.status === "open") ?? false;
    },
    { deadlineMs: waitMs },
  );
  await stack.client.call(decideApproval, { params: { approval_id: asked.id }, body: { decision } });
}

test("feature-full-stack builds, tests, reviews and deploys", { timeout: testMs }, async () => {
  const run = await end(await start("feature-full-stack", { feature: "Users can be listed", deploy: true }));
  expect(statuses(run)).toEqual({
    backend: "completed",
    frontend: "completed",
    tests: "completed",
    review: "completed",
    deploy: "completed",
  });
  expect(Object.keys(run.result?.output ?? {})).toEqual(["backend", "frontend", "review"]);
  const without = await end(await start("feature-full-stack", { feature: "Users can be listed" }));
  expect([without.status, statuses(without)["deploy"]]).toEqual(["completed", "skipped"]);
});

test("bug-fix-with-review mends, reviews, and asks a person where that is wanted", {
  timeout: testMs,
}, async () => {
  const id = await start("bug-fix-with-review", { report: "It crashes on Mondays", approve: true });
  await decide(id, "allow");
  const run = await end(id);
  expect(run).toMatchObject({ status: "completed", template: "bug-fix-with-review@1" });
  expect(statuses(run)).toMatchObject({ fix: "completed", rework: "skipped", approve: "completed" });
});

test("dependency-upgrade goes through every repository and reports", { timeout: testMs }, async () => {
  const run = await end(
    await start("dependency-upgrade", { dependency: "zod", repositories: ["billing", "catalog", "shop"] }),
  );
  expect(run.status).toBe("completed");
  expect(run.result?.output["upgrade"]).toHaveLength(3);
  expect(run.result?.output["check"]).toHaveLength(3);
  expect(await written("dependency-upgrade", "UPGRADE.md")).toContain("zod");
});

const release = { application: "shop", image: "registry.example.com/shop", version: "v1.4.0" };

test("release-with-approval rolls out when a person allows it, and not when one denies it", {
  timeout: testMs,
}, async () => {
  const allowed = await start("release-with-approval", release);
  await decide(allowed, "allow");
  const run = await end(allowed);
  expect(statuses(run)).toEqual({
    notes: "completed",
    rehearse: "completed",
    approve: "completed",
    release: "completed",
  });
  const denied = await start("release-with-approval", release);
  await decide(denied, "deny");
  const stopped = await end(denied);
  expect(stopped.status).toBe("failed");
  expect(statuses(stopped)).toMatchObject({ approve: "failed", release: "blocked" });
});

test("incident-triage mitigates what is critical when a person agrees, and reports in any case", {
  timeout: testMs,
}, async () => {
  const high = await end(await start("incident-triage", { alert: "Latency is up" }));
  expect(statuses(high)).toMatchObject({ agree: "skipped", mitigate: "skipped", report: "completed" });
  const id = await start("incident-triage", { alert: "All is down", severity: "critical" });
  await decide(id, "allow");
  const critical = await end(id);
  expect(statuses(critical)).toMatchObject({
    agree: "completed",
    mitigate: "completed",
    report: "completed",
  });
  const unheard = await start("incident-triage", {
    alert: "Down",
    severity: "critical",
    approval_seconds: 1,
  });
  const alone = await end(unheard);
  expect(alone.status).toBe("completed");
  expect(statuses(alone)).toMatchObject({ agree: "failed", mitigate: "skipped", report: "completed" });
  expect(await written("incident-triage", "INCIDENT.md")).not.toBe("");
});

const job = (name: string) => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example.com/migrate:1
`;

test("migration-with-fallback applies the migration, or else its rollback", { timeout: testMs }, async () => {
  const inputs = { description: "Split names", rollback: job("undo"), settle_seconds: 1 };
  const good = await end(await start("migration-with-fallback", { ...inputs, migration: job("split") }));
  expect(statuses(good)).toMatchObject({ migrate: "completed", settle: "completed", report: "completed" });
  expect(JSON.stringify(good.result?.output["migrate"])).toContain("split");
  const bad = await end(await start("migration-with-fallback", { ...inputs, migration: "kind: Nothing" }));
  expect(bad.status).toBe("completed");
  expect(JSON.stringify(bad.result?.output["migrate"])).toContain("undo");
});
