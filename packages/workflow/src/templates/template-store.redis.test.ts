import type { TemplateDefinition } from "@drover/contracts";
import { createLogger } from "@drover/observability";
import { Store } from "@drover/queue";
import { startRedis, type TestRedis } from "@drover/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { TemplateStore } from "./template-store.ts";

let redis: TestRedis;
let store: Store;
let templates: TemplateStore;
beforeAll(async () => {
  redis = await startRedis();
  const logger = createLogger({ service: "test", level: "silent" });
  store = Store.open({ url: redis.url, shards: 2, manner: "worker", logger });
  templates = new TemplateStore(store);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await redis.stop();
});
beforeEach(async () => {
  await store.redis.flushall();
});

const organization = "acme";
const echo = (value: unknown, more: Partial<TemplateDefinition> = {}): TemplateDefinition => ({
  name: "greet",
  inputs: { properties: { who: { type: "string", default: "all" } } },
  steps: [{ id: "say", agent: "diagnostics", task: "echo", parameters: { value } }],
  ...more,
});
const put = (...definitions: TemplateDefinition[]) =>
  templates.put(
    organization,
    "key_1",
    definitions.map((definition) => ({ definition })),
  );

test("a change is a new version, the same again is none, and a version never changes", async () => {
  expect(await put(echo("a"))).toEqual([{ name: "greet", outcome: "created", version: 1 }]);
  expect(await put(echo("a"))).toEqual([{ name: "greet", outcome: "unchanged", version: 1 }]);
  const { name, steps, inputs } = echo("a");
  expect(await put({ steps, ...(inputs === undefined ? {} : { inputs }), name })).toMatchObject([
    { outcome: "unchanged" },
  ]);
  expect(await put(echo("b", { description: "Says b." }))).toMatchObject([
    { outcome: "updated", version: 2 },
  ]);
  expect((await templates.find(organization, "greet", 1))?.definition).toEqual(echo("a"));
  expect(await templates.find(organization, "greet")).toMatchObject({
    version: 2,
    latest_version: 2,
    description: "Says b.",
    definition: echo("b", { description: "Says b." }),
  });
});

test("many who create the same at once make one version of it", async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => put(echo("same"))));
  expect(made.flat().map(({ version }) => version)).toEqual(made.map(() => 1));
  expect(made.flat().filter(({ outcome }) => outcome === "created")).toHaveLength(1);
});

test("many who create what differs at once each get a number of their own", async () => {
  const made = await Promise.all(Array.from({ length: 20 }, (_, n) => put(echo(n))));
  expect(made.flatMap(([one]) => one?.version ?? 0).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  for (const [position, [one]] of made.entries()) {
    const found = await templates.find(organization, "greet", one?.version);
    expect(found?.definition.steps[0]?.parameters).toEqual({ value: position });
  }
});

test("a rollback makes an old version current and is recorded; the next change gets the next number", async () => {
  await put(echo("a"));
  await put(echo("b"));
  const back = await templates.rollback(organization, "greet", 1, "key_2");
  expect(back).toMatchObject({ version: 1, latest_version: 2, updated_by: "key_2", created_by: "key_1" });
  expect((await templates.versions(organization, "greet"))?.map((one) => [one.version, one.current])).toEqual(
    [
      [2, false],
      [1, true],
    ],
  );
  expect(await put(echo("b"))).toMatchObject([{ outcome: "updated", version: 3 }]);
  await expect(templates.rollback(organization, "greet", 9, "key_2")).rejects.toMatchObject({
    code: "validation_failed",
  });
  await expect(templates.rollback(organization, "none", 1, "key_2")).rejects.toMatchObject({
    code: "not_found",
  });
});

test("many are put together or not at all, and a dry run changes nothing", async () => {
  await put(echo("a"));
  const two = [{ definition: echo("b") }, { definition: echo("c", { name: "other" }) }];
  expect(await templates.put(organization, "key_1", two, { dryRun: true })).toEqual([
    { name: "greet", outcome: "updated", version: 2 },
    { name: "other", outcome: "created", version: 1 },
  ]);
  expect(await templates.list("all")).toMatchObject([{ name: "greet", version: 1 }]);
  const many = Array.from({ length: 1_000 }, (_, n) => ({ definition: echo(n, { name: `t${n}` }) }));
  await expect(templates.put(organization, "key_1", many)).rejects.toMatchObject({ code: "conflict" });
  expect(await templates.list("all")).toHaveLength(1);
});

test("no more versions are kept than the limit, the current one always", async () => {
  for (let n = 0; n < 1_005; n += 1) await put(echo(n));
  const versions = (await templates.versions(organization, "greet")) ?? [];
  expect(versions).toHaveLength(1_000);
  expect(versions[0]).toMatchObject({ version: 1_005, current: true });
  expect(await templates.find(organization, "greet", 5)).toBeNull();
  expect(await templates.find(organization, "greet", 6)).not.toBeNull();
});

test("a number never comes to mean another version, not even over a deletion", async () => {
  await put(echo("a"));
  await put(echo("b"));
  expect(await templates.delete(organization, "greet")).toBe(true);
  expect(await templates.delete(organization, "greet")).toBe(false);
  expect(await templates.find(organization, "greet")).toBeNull();
  expect(await put(echo("c"))).toEqual([{ name: "greet", outcome: "created", version: 3 }]);
  expect(await templates.find(organization, "greet", 1)).toBeNull();
});

test("an organization sees its own templates only", async () => {
  await put(echo("a"));
  expect(await templates.list(["globex"])).toEqual([]);
  expect(await templates.list([organization, "globex"])).toHaveLength(1);
  expect(await templates.find("globex", "greet")).toBeNull();
});

test("resolving fills in inputs, by the version that is named or the current one", async () => {
  await put(echo("a"));
  await put(echo("b"));
  expect(await templates.instantiate(organization, "greet", {})).toMatchObject({
    reference: "greet@2",
    definition: { name: "greet", inputs: { who: "all" } },
  });
  const old = await templates.instantiate(organization, "greet@1", { who: "you" });
  expect(old.definition).toMatchObject({ inputs: { who: "you" }, steps: [{ parameters: { value: "a" } }] });
  const faultsOf = (reference: string, inputs: Record<string, unknown>) =>
    templates.instantiate(organization, reference, inputs).catch((error) => error.validations);
  expect(await faultsOf("greet@7", {})).toMatchObject([{ field: "template" }]);
  expect(await faultsOf("Greet", {})).toMatchObject([{ field: "template" }]);
  expect(await faultsOf("greet", { who: 1, what: 2 })).toMatchObject([
    { field: "inputs.what" },
    { field: "inputs.who" },
  ]);
});
