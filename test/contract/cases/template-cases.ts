/** Templates: made, read, compared, rolled back, deleted. */
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";
import { step, templateBody, twoVersions } from "./made-templates.ts";

const byName = (more: Record<string, unknown> = {}) => ({
  sends: async (world: World) => ({ params: { template_name: await twoVersions(world) }, ...more }),
});

const createTemplate: Case[] = [
  {
    title: "makes version 1, which can be run by its name with inputs",
    sends: { body: templateBody() },
    status: 201,
    headers: { Location: /^\/api\/v2\/agents\/agentzero\/templates\/greet-/ },
    body: { id: expect.stringMatching(/^tpl_/), version: 1, latest_version: 1, organization_id: "default" },
    also: async ({ body }, world) => {
      const { name } = z.object({ name: z.string() }).parse(body);
      const sent = { template: name, inputs: { who: "you" }, labels: { of: "it" } };
      const run = await world.call("submitWorkflow", { body: sent });
      expect(run.body).toMatchObject({ name, template: `${name}@1`, labels: { of: "it" } });
      const params = { workflow_id: z.object({ id: z.string() }).parse(run.body).id };
      const ended = await world.call("getWorkflow", { params, query: { wait: 30 } });
      expect(ended.body).toMatchObject({ status: "completed", result: { output: { say: "hello" } } });
    },
  },
  {
    title: "of what is the same as the current version makes no new one",
    sends: async (world) => {
      const body = templateBody();
      await world.call("createTemplate", { body });
      return { body };
    },
    status: 201,
    body: { version: 1, latest_version: 1 },
  },
  {
    title: "names every fault at once",
    sends: {
      body: {
        name: "faulty",
        inputs: { type: "object", properties: { a: { $ref: "https://example.com/x.json" } } },
        steps: [
          step,
          step,
          { id: "b", agent: "nobody", task: "x" },
          { id: "c", agent: "nix", task: "build", parameters: { flake: "." } },
        ],
      },
    },
    status: 400,
    code: "validation_failed",
    faults: {
      "inputs.properties.a.$ref": "within this schema",
      "steps[1].id": "steps[0]",
      "steps[2].agent": "no agent",
      "steps[3].agent": "nix",
    },
  },
  {
    title: "with a name that is none, and inputs that are values",
    sends: { body: { name: "Not A Name", inputs: { type: "array" }, steps: [] } },
    status: 400,
    code: "validation_failed",
    faults: { name: "lower-case", steps: "at least one step" },
  },
  {
    title: "beyond what an organization may have",
    sends: async (world) => {
      const templates = Array.from({ length: 1_000 }, (_, n) => templateBody({ name: `many-${n}` }));
      const organization_id = "many-templates";
      await world.call("importTemplates", { body: { organization_id, templates } });
      return { body: templateBody({ organization_id }) };
    },
    status: 409,
    code: "conflict",
  },
];

const listTemplates: Case[] = [
  {
    title: "finds one by its name, without its definition",
    sends: async (world) => ({ query: { q: `name:${await twoVersions(world)}` } }),
    status: 200,
    body: { count: 1, templates: [{ version: 2, latest_version: 2, description: "Says hello." }] },
    also: ({ body }) => expect(Object(body)["templates"][0]).not.toHaveProperty("definition"),
  },
  {
    title: "pages, newest first",
    sends: async (world) => {
      for (let n = 0; n < 3; n += 1) await world.call("createTemplate", { body: templateBody() });
      return { query: { limit: 2 } };
    },
    status: 200,
    also: async ({ body }, world) => {
      const page = z.object({ templates: z.array(z.object({ id: z.string() })) });
      const first = page.parse(body).templates.map(({ id }) => id);
      const query = { limit: 2, after_id: first.at(-1) ?? "" };
      const rest = page.parse((await world.call("listTemplates", { query })).body);
      const ids = [...first, ...rest.templates.map(({ id }) => id)];
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
    },
  },
];

const getTemplate: Case[] = [
  {
    title: "answers the current version",
    ...byName(),
    status: 200,
    body: { version: 2, definition: { steps: [{ parameters: { value: "good day" } }, { id: "wave" }] } },
  },
  {
    title: "answers the version asked for",
    ...byName({ query: { version: 1 } }),
    status: 200,
    body: { version: 1, latest_version: 2, definition: { steps: [{ parameters: { value: "hello" } }] } },
  },
  {
    title: "of a version that there is not",
    ...byName({ query: { version: 3 } }),
    status: 404,
    code: "not_found",
  },
];

const listTemplateVersions: Case[] = [
  {
    title: "are listed, newest first",
    ...byName(),
    status: 200,
    body: {
      count: 2,
      versions: [
        { version: 2, current: true },
        { version: 1, current: false },
      ],
    },
  },
];

const diffTemplate: Case[] = [
  {
    title: "tells what differs, by field and as text",
    ...byName({ query: { from: 1, to: 2 } }),
    status: 200,
    body: {
      from: 1,
      to: 2,
      changes: [
        { path: "steps.say.parameters.value", kind: "changed", before: "hello", after: "good day" },
        { path: "steps.wave", kind: "added" },
      ],
      text: expect.stringMatching(/^--- greet[\s\S]*\n\+\s+value: good day/),
    },
  },
  {
    title: "of a version with itself is empty",
    ...byName({ query: { from: 2 } }),
    status: 200,
    body: { changes: [], text: "" },
  },
  {
    title: "with a version that there is not",
    ...byName({ query: { from: 7, to: 2 } }),
    status: 400,
    code: "validation_failed",
    faults: { from: "no version 7" },
  },
];

const rollbackTemplate: Case[] = [
  {
    title: "makes an old version the current one",
    ...byName({ body: { version: 1 } }),
    status: 200,
    body: { version: 1, latest_version: 2, definition: { steps: [{ parameters: { value: "hello" } }] } },
  },
  {
    title: "to a version that there is not",
    ...byName({ body: { version: 9 } }),
    status: 400,
    code: "validation_failed",
    faults: { version: "no version 9" },
  },
];

const deleteTemplate: Case[] = [
  {
    title: "takes it away",
    ...byName(),
    status: 204,
  },
  {
    title: "a second time",
    sends: async (world) => {
      const params = { template_name: await twoVersions(world) };
      await world.call("deleteTemplate", { params });
      return { params };
    },
    status: 404,
    code: "not_found",
  },
];

export const templateCases = {
  createTemplate,
  listTemplates,
  getTemplate,
  listTemplateVersions,
  diffTemplate,
  rollbackTemplate,
  deleteTemplate,
};
