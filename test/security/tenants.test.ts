/** A principal can neither see nor change what its roles and scopes do not cover, nor learn that it exists. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { newId, operations } from "@drover/contracts";
import { eventually } from "@drover/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { refusedSocket } from "../contract/event-streams.ts";
import { type Answer, ask, create, prefix } from "../e2e/api.ts";
import { alpha, consumes, missing, readTable, requests, type Verdict } from "./role-table.ts";
import { type Belongings, type Caller, callers, type OperationName, Tenancy } from "./tenancy.ts";

let tenancy: Tenancy;
let acme: Belongings;
let globex: Belongings;
beforeAll(async () => {
  const settings = { DROVER_RATE_LIMIT_PER_MINUTE: "1500" };
  tenancy = await Tenancy.start({ serviceEnvironment: { "api-gateway": settings } });
  acme = await tenancy.furnish(alpha);
  globex = await tenancy.furnish({ organization_id: "globex", workspace_id: "ws-gamma" });
});
afterAll(async () => {
  await tenancy?.[Symbol.asyncDispose]();
});

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);
const names = Object.keys(operations).filter(isOperation);
const table = readTable();
const codeOf = (answer: Answer): unknown => Object(answer.body)["code"];

/** What came of a request, in the words of the table. */
function verdictOf(name: OperationName, answer: Answer): Verdict | string {
  const item = name === "executeBatch" ? Object(answer.body)["tasks"]?.[0]?.error : undefined;
  const code = item === undefined ? codeOf(answer) : item.code;
  if (code === "forbidden") return "403";
  if (code === "not_found") return "404";
  // As far as a plain request comes.
  if (name === "openTunnel" && code === "upgrade_required") return "ok";
  return answer.status < 300 && item === undefined ? "ok" : `${answer.status} ${answer.text}`;
}

/** Everything of acme's that the table asks for, as the site's owner sees it. */
async function stateOfAcme(): Promise<unknown[]> {
  const read = async (name: OperationName, query: Record<string, string> = {}) => {
    const { body } = await tenancy.call("siteOwner", name, { ...requests[name](acme), query });
    return body;
  };
  const find = async (name: OperationName, list: string, id: string) =>
    Object(await read(name, { limit: "200" }))[list].find((item: { id: string }) => item.id === id);
  return [
    await read("getTask"),
    await read("getOpenCodeTask"),
    await read("getWorkflow"),
    await find("listInstances", "instances", acme.instance),
    await find("listDeadLetters", "dead_letters", acme.letter),
    await find("listKeys", "keys", acme.key),
    await find("listApprovals", "approvals", acme.approval),
  ];
}

describe("what each role may do", () => {
  let before: unknown[];
  beforeAll(async () => {
    before = await stateOfAcme();
    expect(before).not.toContain(undefined);
  });

  // A workspace has one registration: whoever may register has put another in place of it.
  afterEach(async () => (acme = { ...acme, instance: await tenancy.standing(alpha, acme.instance) }));

  test("the table has every operation", () => {
    expect([...table.keys()].sort()).toEqual([...names].sort());
  });

  test.each(names)("%s", async (name) => {
    const found: Record<string, string> = {};
    for (const caller of callers) {
      const expected = table.get(name)?.get(caller);
      // Whoever is refused is let loose on what stands, which must stand afterwards.
      const own = expected === "ok" ? ((await consumes[name]?.(tenancy)) ?? {}) : {};
      const answer = await tenancy.call(caller, name, requests[name]({ ...acme, ...own }));
      found[caller] = verdictOf(name, answer);
    }
    expect(found).toEqual(Object.fromEntries(table.get(name) ?? []));
  });

  test("whoever was refused has changed nothing", async () => {
    const after = await stateOfAcme();
    const still = (state: unknown[]) =>
      // Each was found by its id.
      state.map((item) => ({ ...Object(item), id: undefined, status: undefined, expires_at: undefined }));
    expect(still(after)).toEqual(still(before));
    expect(after.map((item) => Object(item)["status"])).toEqual(
      expect.arrayContaining(["delayed", "running"]),
    );
  });
});

describe("what is another's", () => {
  const byId = names.filter((name) =>
    Object.keys(operations[name].params.shape).some((key) => key in missing),
  );

  test.each(byId)("%s answers for it exactly as for what does not exist", async (name) => {
    const [param = ""] = Object.keys(operations[name].params.shape);
    const sent = requests[name](acme);
    const [, kind] = missing[param] ?? ["task", "task"];
    const seen = async (id: string) => {
      const answer = await tenancy.call("globexOwner", name, { ...sent, params: { [param]: id } });
      const headers = [...answer.headers.keys()].filter((header) => !/^(date|keep-alive)$/.test(header));
      return { status: answer.status, text: answer.text, headers };
    };
    const foreign = await seen(Object.values(sent.params ?? {})[0] ?? "");
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(await seen(newId(kind)));
  });

  test("a WebSocket to its events is refused as to those of nothing", async () => {
    const refusal = async (id: string) => {
      const url = `${tenancy.stack.url}${prefix}/tasks/${id}/events`;
      const headers = { "Coder-Session-Token": tenancy.keyOf("globexOwner") };
      const { status, text } = await refusedSocket(url, { headers });
      return { status, text };
    };
    const foreign = await refusal(acme.endedTask);
    expect(foreign.status).toBe(404);
    expect(foreign).toEqual(await refusal(newId("task")));
  });

  const lists = [
    "listTasks",
    "listWorkflows",
    "listInstances",
    "listApprovals",
    "listDeadLetters",
    "listPlugins",
    "listKeys",
  ] as const;

  test.each(lists)("%s never shows it, nor counts it", async (name) => {
    const shown = async (caller: Caller, query: Record<string, string> = {}) => {
      const { text, body } = await tenancy.call(caller, name, { query });
      const { count, ...rest } = z.looseObject({ count: z.number() }).parse(body);
      const items = z.array(z.unknown()).parse(Object.values(rest)[0]);
      return { text, count, length: items.length };
    };
    const own = await shown("globexOwner");
    for (const secret of ["acme", "ws-alpha", ...Object.values(acme)]) expect(own.text).not.toContain(secret);
    expect(own.count).toBe(own.length);
    if (name === "listPlugins" || name === "listKeys") return;
    expect(own.count).toBeGreaterThan(0);
    for (const q of ["organization:acme", "workspace:ws-alpha", "organization:acme workspace:ws-alpha"])
      expect(await shown("globexOwner", { q })).toMatchObject({ count: 0, length: 0 });
    // Within an organization, a workspace is just as closed.
    const beta = await shown("betaMember");
    expect([beta.text.includes("ws-alpha"), beta.count]).toEqual([false, 0]);
    const inAlpha = await shown("alphaMember");
    for (const foreign of Object.values(globex)) expect(inAlpha.text).not.toContain(foreign);
  });

  test("an organization that there is answers as one that there is not", async () => {
    const submit = async (organization_id: string) => {
      const body = { type: "diagnostics", payload: { action: "echo", value: 1 }, organization_id };
      const { status, text } = await tenancy.call("globexOwner", "executeTask", { body });
      return { status, text };
    };
    expect((await submit("acme")).status).toBe(403);
    expect(await submit("acme")).toEqual(await submit("nobody-is-called-this"));
  });

  test("redriving what a search finds reaches only what is the caller's", async () => {
    const body = { q: "agent:diagnostics workspace:ws-alpha" };
    const answer = await tenancy.call("globexOwner", "redriveDeadLetters", { body });
    expect(answer.body).toEqual({ redriven: 0, task_ids: [], remaining: 0 });
  });
});

describe("workspaces", () => {
  const prompt = (organization_id: string, text: string, more: object = {}) => ({
    type: "opencode",
    organization_id,
    payload: { action: "prompt", prompt: text, context: { workspace_id: "ws-shared" }, ...more },
    max_attempts: 1,
  });
  const work = async (organization: string, text: string, more: object = {}) => {
    const id = await create(tenancy.stack, `${prefix}/opencode/tasks`, prompt(organization, text, more));
    return await tenancy.stack.client.waitForTask(id, { timeoutMs: 60_000 });
  };

  test("of one name in two organizations share neither files nor sessions nor plugins", async () => {
    const theirs = await work("acme", "write plans.txt: theirs");
    expect(theirs.status).toBe("completed");
    const query = { workspace_id: "ws-shared" };
    const globexPlugins = await tenancy.call("globexOwner", "listPlugins", { query });
    expect(globexPlugins.body).toEqual({ plugins: [], count: 0 });
    const own = await work("globex", "run ls -a\nwrite own.txt: own");
    expect(own.status).toBe("completed");
    expect(JSON.stringify(own.result)).not.toContain("plans.txt");
    const folder = (organization: string) =>
      join(tenancy.stack.workspacesDir, `@${organization}`, "ws-shared");
    expect(await readFile(join(folder("acme"), "plans.txt"), "utf8")).toBe("theirs\n");
    expect(existsSync(join(folder("globex"), "plans.txt"))).toBe(false);
    expect(existsSync(join(folder("acme"), "own.txt"))).toBe(false);
    const { session_id } = z.object({ session_id: z.string() }).parse(theirs.result?.output);
    const taken = await work("globex", "say hi", { session_id });
    expect(taken).toMatchObject({ status: "failed", error: { code: expect.any(String), retryable: false } });
    expect(JSON.stringify(taken)).not.toContain("plans.txt");
  });
});

describe("keys", () => {
  const site = { role: "owner" };
  const escalations: [Caller, object[]][] = [
    ["acmeOwner", [site]],
    ["acmeOwner", [{ role: "viewer" }]],
    ["acmeOwner", [{ role: "viewer", organization_id: "globex" }]],
    [
      "acmeOwner",
      [
        { role: "viewer", organization_id: "acme" },
        { role: "viewer", organization_id: "globex" },
      ],
    ],
    ["acmeMember", [{ role: "viewer", organization_id: "acme" }]],
    ["acmeViewer", [{ role: "viewer", organization_id: "acme" }]],
    ["siteViewer", [{ role: "viewer" }]],
    ["globexOwner", [{ role: "owner", ...alpha }]],
  ];
  test.each(escalations)("%s cannot hand out %j", async (caller, roles) => {
    const answer = await tenancy.call(caller, "createKey", { body: { name: "more", roles } });
    expect([answer.status, codeOf(answer)]).toEqual([403, "forbidden"]);
  });

  test("the owner of a workspace hands out that workspace and no more", async () => {
    const { key } = await tenancy.makeKey([{ role: "owner", ...alpha }]);
    const by = { url: tenancy.stack.url, key };
    await tenancy.makeKey([{ role: "member", ...alpha }], {}, by);
    for (const wider of [
      { organization_id: "acme" },
      { organization_id: "acme", workspace_id: "ws-beta" },
      {},
    ]) {
      const answer = await ask(by, `${prefix}/keys`, {
        body: { name: "wider", roles: [{ role: "viewer", ...wider }] },
      });
      expect(answer.status).toBe(403);
    }
  });

  test("an organization's owner neither sees nor revokes a key that reaches further", async () => {
    const wide = await tenancy.makeKey([
      { role: "viewer", ...alpha },
      { role: "viewer", organization_id: "globex" },
    ]);
    const listed = await tenancy.call("acmeOwner", "listKeys", { query: { limit: "200" } });
    expect(listed.text).not.toContain(wide.id);
    const refused = await tenancy.call("acmeOwner", "deleteKey", { params: { key_id: wide.id } });
    const nothing = await tenancy.call("acmeOwner", "deleteKey", { params: { key_id: newId("key") } });
    expect([refused.status, refused.text]).toEqual([404, nothing.text]);
  });

  test("a deleted key is refused at once, also right after it was used", async () => {
    const made = await tenancy.makeKey([{ role: "viewer" }]);
    const by = { url: tenancy.stack.url, key: made.key };
    for (let n = 0; n < 3; n += 1) expect((await ask(by, `${prefix}/me`)).status).toBe(200);
    const deleted = await tenancy.call("siteOwner", "deleteKey", { params: { key_id: made.id } });
    expect(deleted.status).toBe(204);
    for (let n = 0; n < 3; n += 1) expect((await ask(by, `${prefix}/me`)).status).toBe(401);
  });

  test("an expired key is refused, and none outlives the key that made it", async () => {
    const parent = await tenancy.makeKey([site], { expires_in_seconds: 2 });
    const child = await tenancy.makeKey(
      [{ role: "viewer" }],
      {},
      { url: tenancy.stack.url, key: parent.key },
    );
    const statusOf = async ({ key }: { key: string }) =>
      (await ask({ url: tenancy.stack.url, key }, `${prefix}/me`)).status;
    expect([await statusOf(parent), await statusOf(child)]).toEqual([200, 200]);
    await eventually(async () => (await statusOf(parent)) === 401 && (await statusOf(child)) === 401);
  });
});

test("one key's flood is refused with the time to wait, and is no one else's trouble", async () => {
  const { key } = await tenancy.makeKey([{ role: "viewer", organization_id: "globex" }]);
  const flood = async (): Promise<Answer> => {
    for (;;) {
      const answer = await ask({ url: tenancy.stack.url, key }, `${prefix}/me`);
      if (answer.status !== 200) return answer;
    }
  };
  const [refused] = await Promise.all(Array.from({ length: 8 }, flood));
  expect([refused?.status, codeOf(refused ?? (await flood()))]).toEqual([429, "rate_limited"]);
  expect(Number(refused?.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(refused?.headers.get("X-RateLimit-Remaining")).toBe("0");
  expect((await tenancy.call("globexOwner", "getMe")).status).toBe(200);
});
