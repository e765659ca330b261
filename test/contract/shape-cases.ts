/** The cases that follow from the shape of an operation alone: whoever adds one gets them for nothing. */
import { type IdKind, newId, type Operation } from "@drover/contracts";
import { expect } from "vitest";
import { z } from "zod";
import type { Case } from "./case.ts";
import { anotherAddress, type Sent } from "./world.ts";

const idKinds: Readonly<Record<string, IdKind>> = {
  task_id: "task",
  workflow_id: "workflow",
  instance_id: "instance",
  dead_letter_id: "deadLetter",
  key_id: "key",
  approval_id: "approval",
};
/** What an operation takes that has parameters too, so that it is they that are at fault. */
const someBodies: Readonly<Record<string, unknown>> = {
  decide_approval: { decision: "allow" },
  rollback_template: { version: 1 },
  put_plugin: { workspace_id: "ws-shape", enabled: true },
  put_schedule: {
    every_seconds: 3600,
    workflow: {
      name: "x",
      steps: [{ id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } }],
    },
  },
};
/** Parameters that are names, and one that exists. */
const knownNames: Readonly<Record<string, string>> = {
  agent_name: "diagnostics",
  queue_name: "diagnostics",
  organization_id: "org-shape",
  workspace_id: "ws-shape",
  template_name: "a-template",
  schedule_name: "a-schedule",
  plugin_name: "a-plugin",
};

const takesBody = ({ body }: Operation): boolean => !(body instanceof z.ZodUndefined);

/** Parameters of the right form; where they are ids, of nothing that exists. */
export function someParams(operation: Operation): Record<string, string> {
  return Object.fromEntries(
    Object.keys(operation.params.shape).map((name) => {
      const kind = idKinds[name];
      const value = kind === undefined ? knownNames[name] : newId(kind);
      if (value === undefined) throw new Error(`say what a ${name} looks like`);
      return [name, value];
    }),
  );
}

export function shapeCases(operation: Operation): Case[] {
  return [
    ...credentialCases(operation),
    ...parameterCases(operation),
    ...queryCases(operation),
    ...bodyCases(operation),
  ];
}

function credentialCases(operation: Operation): Case[] {
  if (operation.requires === "public") return [];
  const refused = (title: string, key: string | null): Case => ({
    title,
    sends: () => ({
      params: someParams(operation),
      key,
      headers: anotherAddress(),
      ...(takesBody(operation) ? { body: {} } : {}),
    }),
    status: 401,
    code: "unauthenticated",
    headers: { "WWW-Authenticate": 'Bearer realm="drover"', "X-Request-Id": /^req_/ },
  });
  return [
    refused("without a key", null),
    refused("with a key that nobody has", `drv_${"a".repeat(12)}_${"b".repeat(40)}`),
    refused("with what is no key", "let me in"),
  ];
}

function parameterCases(operation: Operation): Case[] {
  const names = Object.keys(operation.params.shape);
  if (operation.method === "put") return names.flatMap((name) => newNameCases(operation, name));
  return names.flatMap((name) => {
    const body = takesBody(operation) ? { body: someBodies[operation.id] ?? {} } : {};
    const sends = (value: string) => () => ({
      params: { ...someParams(operation), [name]: value },
      query: requiredQuery(operation),
      ...body,
    });
    const missing = (title: string, value: string): Case => ({
      title,
      sends: sends(value),
      status: 404,
      code: "not_found",
    });
    const kind = idKinds[name];
    return [
      missing(`with a ${name} that is none`, "nope"),
      ...(kind === undefined
        ? []
        : [
            missing(`with a ${name} of nothing`, newId(kind)),
            missing(`with a ${name} of another kind`, newId("request")),
            missing(`with a ${name} that climbs`, "../../keys"),
          ]),
      {
        title: `with a ${name} that is too long`,
        sends: sends("x".repeat(129)),
        status: 400,
        code: "validation_failed",
        faults: { [name]: "" },
      },
    ];
  });
}

/** What is put need not be there, but must have the form of a name. */
function newNameCases(operation: Operation, name: string): Case[] {
  const bad = { "that is too long": "x".repeat(129), "that climbs": "../../keys", "with a colon": "a:b" };
  return Object.entries(bad).map(([what, value]) => ({
    title: `with a ${name} ${what}`,
    sends: () => ({
      params: { ...someParams(operation), [name]: value },
      ...(takesBody(operation) ? { body: {} } : {}),
    }),
    status: 400,
    code: "validation_failed",
    faults: { [name]: "" },
  }));
}

/** Values that a parameter of the query must not have, by its name. */
const badQueries: Readonly<Record<string, readonly (string | number)[]>> = {
  limit: [0, 201, 1.5, "many"],
  after_id: ["x".repeat(129)],
  q: ["nope:1", "word", "status:", "x".repeat(2049)],
  wait: [-1, 61, "soon"],
  after: ["latest", "1-2-3"],
  workspace_id: ["a/b", ""],
  organization_id: ["a/b", ""],
  version: [0, 1.5, "first"],
  group_by: ["", "color", "day,color"],
  from: [0, "first"],
  to: [-1, "last"],
  kind: ["vm", ""],
};

/** What a query must have. */
function requiredQuery({ id, query }: Operation): Record<string, string | number> {
  if (id === "delete_plugin") return { workspace_id: "ws-shape" };
  return "from" in query.shape ? { from: 1 } : {};
}

function queryCases(operation: Operation): Case[] {
  return Object.keys(operation.query.shape).flatMap((name) => {
    const bad = badQueries[name];
    if (bad === undefined) throw new Error(`say which values of ?${name} are bad`);
    return bad.map((value) => ({
      title: `with ?${name}=${String(value).slice(0, 20)}`,
      sends: () => ({
        params: someParams(operation),
        query: { ...requiredQuery(operation), [name]: value },
        ...(someBodies[operation.id] === undefined ? {} : { body: someBodies[operation.id] }),
      }),
      status: 400,
      code: "validation_failed" as const,
      faults: { [name]: "" },
    }));
  });
}

const nested = (levels: number): string => `{"tasks":${"[".repeat(levels)}${"]".repeat(levels)}}`;

function bodyCases(operation: Operation): Case[] {
  if (!takesBody(operation)) return [];
  const refused = (title: string, sends: Sent, status: number, more: Partial<Case>): Case => ({
    title,
    sends: () => ({ params: someParams(operation), ...sends }),
    status,
    ...more,
  });
  const isOptional = operation.body.safeParse(undefined).success;
  const tooLarge = `{"name":"${"x".repeat(operation.bodyBytesMax)}"}`;
  const plain = { "Content-Type": "text/plain" };
  return [
    refused("with JSON that ends early", { body: '{"type":' }, 400, { code: "malformed_json" }),
    ...(isOptional ? [] : [refused("with an empty body", { body: "" }, 400, { code: "malformed_json" })]),
    refused("with a body of another media type", { body: "{}", headers: plain }, 415, {
      code: "unsupported_media_type",
    }),
    refused("with a list for a body", { body: [] }, 400, {
      code: "validation_failed",
      faults: { "(body)": "expected object" },
    }),
    refused("with a field that nobody knows", { body: { nope: 1 } }, 400, {
      code: "validation_failed",
      body: { validations: expect.arrayContaining([{ field: "nope", detail: "is not a known field" }]) },
    }),
    refused("with a body nested too deep", { body: nested(101) }, 400, {
      code: "validation_failed",
      faults: { "(body)": "100 levels" },
    }),
    refused(`with more than ${operation.bodyBytesMax} bytes`, { body: tooLarge }, 413, {
      code: "body_too_large",
    }),
  ];
}
