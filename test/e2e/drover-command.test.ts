/** The `drover` command: templates as files, there and back; runs, tasks, and what it ends with. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Stack, startStack } from "@drover/embedded";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { drover } from "./drover-command.ts";

const shipped = "examples/templates";
let stack: Stack;
let folder: string;
beforeAll(async () => {
  stack = await startStack();
  folder = await mkdtemp(join(tmpdir(), "drover-templates-"));
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const say = (...args: string[]) => drover(stack, args);
const greet = (words: string) => `# Kept by hand.
name: greet
inputs:
  properties:
    who: { type: string, default: all } # whom
steps:
  # The only one.
  - id: say
    agent: diagnostics
    task: echo
    parameters:
      value: ${words} \${{ inputs.who }}
`;

test("a folder of templates is tried, imported, and then the same as the server", async () => {
  const tried = await say("workflows", "import", shipped, "--dry-run", "--json");
  expect([tried.code, tried.err]).toEqual([0, ""]);
  const outcomes = z.object({ templates: z.array(z.object({ outcome: z.string() })) });
  const { templates } = outcomes.parse(JSON.parse(tried.out));
  expect(templates.map(({ outcome }) => outcome)).toEqual(Array(6).fill("created"));
  expect((await say("templates", "list")).out).not.toContain("feature-full-stack");

  const different = await say("workflows", "diff", shipped);
  expect([different.code, different.out.includes("+name: feature-full-stack")]).toEqual([1, true]);
  expect((await say("workflows", "import", shipped)).code).toBe(0);
  expect(await say("workflows", "diff", shipped)).toEqual({ code: 0, out: "", err: "" });
  const again = await say("workflows", "import", shipped, "--json");
  expect(again.out.match(/"unchanged"/g)).toHaveLength(6);
});

test("an export over a file changes what the template changed, and keeps the rest with its comments", async () => {
  const file = join(folder, "greet.yaml");
  await writeFile(file, greet("hello"));
  await say("workflows", "import", file);
  const untouched = await say("workflows", "export", "greet", "--dir", folder, "--json");
  expect([untouched.code, await readFile(file, "utf8")]).toEqual([0, greet("hello")]);
  await writeFile(join(folder, "other.json"), JSON.stringify({ name: "greet", steps: [] }));
  await rm(join(folder, "other.json"));

  const changed = join(folder, "changed.yaml");
  await writeFile(changed, greet("good day"));
  await say("workflows", "import", changed);
  await rm(changed);
  const diff = await say("workflows", "diff", file);
  expect([diff.code, diff.out]).toEqual([
    1,
    expect.stringMatching(/-\s+value: good day[\s\S]*\+\s+value: hello/),
  ]);
  expect((await say("workflows", "export", "greet", "--dir", folder)).code).toBe(0);
  expect(await readFile(file, "utf8")).toBe(greet("good day"));
  expect((await say("templates", "rollback", "greet", "1")).out).toContain("greet@1 is current");
  const json = await say("workflows", "export", "greet", "--stdout", "--format", "json");
  expect(JSON.parse(json.out)).toMatchObject({
    name: "greet",
    steps: [{ parameters: { value: expect.stringContaining("hello") } }],
  });
});

test("a faulty file is named with its field, and nothing of the import happens", async () => {
  const [good, bad, broken] = ["good", "bad", "broken"].map((name) => join(folder, `${name}.yaml`));
  if (good === undefined || bad === undefined || broken === undefined) throw new Error("three files");
  await writeFile(good, greet("hi").replace("name: greet", "name: good"));
  await writeFile(bad, greet("hi").replace("name: greet", "name: bad").replace("task: echo", "task: dance"));
  const refused = await say("workflows", "import", good, bad);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`${bad}: steps[0].task: `)]);
  expect((await say("templates", "get", "good")).code).toBe(1);
  await writeFile(broken, "name: [\n");
  const unread = await say("workflows", "import", broken, good);
  expect([unread.code, unread.err]).toEqual([2, expect.stringContaining(broken)]);
});

test("a run of a template waits for its end, and ends as the run does", async () => {
  const done = await say("workflows", "run", "greet", "-i", "who=you", "--wait");
  expect(done).toMatchObject({ code: 0, err: expect.stringContaining("step.completed say") });
  expect(done.out).toMatch(/wf_\w+ {2}completed {2}greet {2}\(greet@1\)/);
  const wrong = await say("workflows", "run", "greet", "-i", "whom=you");
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("inputs.whom")]);

  const failing = join(folder, "failing.yaml");
  const fails = `name: failing\nsteps:\n  - {id: a, agent: diagnostics, task: fail, parameters: {class: permanent}}\n`;
  await writeFile(failing, fails);
  await say("workflows", "import", failing);
  const failed = await say("workflows", "run", "failing", "--wait", "--json");
  expect([failed.code, JSON.parse(failed.out)]).toMatchObject([
    1,
    { status: "failed", template: "failing@1" },
  ]);
  expect((await say("workflows", "list", "-q", "status:failed")).out).toContain("failing@1");
  const { id } = z.object({ id: z.string() }).parse(JSON.parse(failed.out));
  expect((await say("workflows", "retry", id)).code).toBe(0);
});

test("tasks are submitted, shown, explained, followed and cancelled", async () => {
  const sum = await say("tasks", "submit", "diagnostics", "sum", "--set", "values=[1,2,3]", "--wait");
  expect(sum).toMatchObject({ code: 0, out: expect.stringMatching(/completed[\s\S]*\n6\n$/) });
  const id = (await say("tasks", "submit", "diagnostics", "sleep", "--set", "ms=60000")).out.trim();
  expect((await say("tasks", "why", id)).out).toContain(id);
  expect((await say("tasks", "cancel", id)).code).toBe(0);
  expect((await say("tasks", "events", id)).out).toContain("task.cancelled");
  expect((await say("tasks", "get", id)).out).toContain("cancelled");
  expect((await say("tasks", "cancel", id)).code).toBe(1);
});

test("a schedule is set, shown and deleted", async () => {
  const set = await say(
    "schedules",
    "set",
    "nightly",
    "-t",
    "greet",
    "--cron",
    "0 3 * * *",
    "--timezone",
    "Asia/Tokyo",
  );
  expect(set).toMatchObject({ code: 0, out: expect.stringContaining("T18:00:00") });
  expect((await say("schedules", "list")).out).toContain("nightly");
  const wrong = await say("schedules", "set", "never", "-t", "greet", "--cron", "61 * * * *");
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("cron: ")]);
  expect((await say("schedules", "delete", "nightly")).code).toBe(0);
  expect((await say("schedules", "get", "nightly")).code).toBe(1);
});

test("plugins are found in the catalogue, plugged into a workspace, turned off and forgotten", async () => {
  const found = await say("plugins", "search", "--kind", "agent");
  expect(found).toMatchObject({ code: 0, err: "" });
  const [name = ""] = found.out.split("\n")[1]?.split(/\s+/) ?? [];
  const inWorkspace = ["-w", "ws-plugged"];
  const listed = async () => (await say("plugins", "list", ...inWorkspace)).out;
  expect((await say("plugins", "add", name, ...inWorkspace)).code).toBe(0);
  expect(await listed()).toMatch(new RegExp(`^${name} +agent .* yes `, "m"));
  expect((await say("plugins", "disable", name, ...inWorkspace)).code).toBe(0);
  expect(await listed()).toMatch(new RegExp(`^${name} +agent .* no `, "m"));
  expect((await say("plugins", "remove", name, ...inWorkspace)).code).toBe(0);
  expect(await listed()).not.toContain(name);

  const file = join(folder, "critic.md");
  await writeFile(file, "---\ndescription: Finds faults.\n---\nFind faults.");
  const added = await say("plugins", "add", "critic", ...inWorkspace, "--agent", file, "--json");
  expect(JSON.parse(added.out)).toMatchObject({ name: "critic", kind: "agent", enabled: true });
  // What runs code is refused unless the operator allows it, and what is missing is named.
  const refused = await say("plugins", "add", "clock", ...inWorkspace, "node", "--", "clock.js", "--fast");
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("mcp:node")]);
  const twice = await say(
    "plugins",
    "add",
    "x",
    ...inWorkspace,
    "--agent",
    file,
    "--mcp-url",
    "https://a.example",
  );
  expect([twice.code, twice.err]).toEqual([2, expect.stringContaining("Name one source")]);
});

test("how it ends tells a script what was wrong", async () => {
  expect(await drover(null, ["tasks", "list"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("DROVER_TOKEN"),
  });
  expect((await say("tasks", "dance")).code).toBe(2);
  expect((await say("workflows", "export")).code).toBe(2);
  const nobody = { url: "http://127.0.0.1:9", key: stack.key };
  expect((await drover(nobody, ["tasks", "list"])).code).toBe(3);
  const refused = await drover({ url: stack.url, key: "drv_nobody12_x" }, ["tasks", "list", "--json"]);
  expect([refused.code, JSON.parse(refused.err)]).toMatchObject([1, { error: { code: "unauthenticated" } }]);
  expect((await say("--help")).code).toBe(0);
});
