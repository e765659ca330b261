/** Templates imported together, and runs of templates that are refused. */

import { expect } from "vitest";
import type { Case } from "../case.ts";
import { step, templateBody, twoVersions } from "./made-templates.ts";

export const importTemplates: Case[] = [
  {
    title: "creates and updates what differs, and tells of each",
    sends: async (world) => {
      const [same, changed] = [templateBody(), templateBody()];
      await world.call("importTemplates", { body: { templates: [same, changed] } });
      return { body: { templates: [same, { ...changed, description: "Other." }, templateBody()] } };
    },
    status: 200,
    body: {
      dry_run: false,
      templates: [
        { outcome: "unchanged", version: 1 },
        { outcome: "updated", version: 2 },
        { outcome: "created", version: 1 },
      ],
    },
  },
  {
    title: "as a dry run changes nothing",
    sends: { body: { templates: [templateBody({ name: "only-tried" })], dry_run: true } },
    status: 200,
    body: { dry_run: true, templates: [{ name: "only-tried", outcome: "created", version: 1 }] },
    also: async (_answer, world) => {
      const found = await world.call("getTemplate", { params: { template_name: "only-tried" } });
      expect(found.status).toBe(404);
    },
  },
  {
    title: "with one faulty among them imports none",
    sends: {
      body: {
        templates: [
          templateBody({ name: "good" }),
          templateBody({ name: "bad", steps: [{ ...step, task: "dance" }] }),
          templateBody({ name: "good" }),
        ],
      },
    },
    status: 400,
    code: "validation_failed",
    faults: { "templates[1].steps[0].task": "echo, sum", "templates[2].name": "templates[0]" },
    also: async (_answer, world) => {
      const found = await world.call("getTemplate", { params: { template_name: "good" } });
      expect(found.status).toBe(404);
    },
  },
  {
    title: "of more than an organization may have",
    sends: async (world) => {
      const organization_id = "too-many-templates";
      const named = (from: number) =>
        Array.from({ length: 600 }, (_, n) => templateBody({ name: `many-${from + n}` }));
      await world.call("importTemplates", { body: { organization_id, templates: named(0) } });
      return { body: { organization_id, templates: named(600) } };
    },
    status: 409,
    code: "conflict",
  },
];

/** Runs of templates that are refused; the good ones stand with `createTemplate`. */
export const templateRunCases: Case[] = [
  {
    title: "of a template that there is not",
    sends: { body: { template: "no-such-template" } },
    status: 400,
    code: "validation_failed",
    faults: { template: "no-such-template" },
  },
  {
    title: "of a template with inputs that its schema refuses",
    sends: async (world) => ({
      body: { template: await twoVersions(world), inputs: { times: "often", more: 1 } },
    }),
    status: 400,
    code: "validation_failed",
    faults: {
      "inputs.who": "is required",
      "inputs.times": "integer",
      "inputs.more": "not an input of this template",
    },
  },
  {
    title: "of a template and a workflow at once",
    sends: { body: { template: "a", name: "x", steps: [step] } },
    status: 400,
    code: "validation_failed",
  },
];
