/** Holds answers against the checked-in openapi.json: status, headers, media type and body. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Operation } from "@drover/contracts";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { z } from "zod";
import type { Answer } from "../e2e/api.ts";

const media = z.record(z.string(), z.object({ schema: z.unknown() }));
const described = z.object({
  description: z.string(),
  headers: z.record(z.string(), z.unknown()).default({}),
  content: media.default({}),
});
const reference = z.object({ $ref: z.string().startsWith("#/components/responses/") });
const documented = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        requestBody: z.object({ content: media }).optional(),
        responses: z.record(z.string(), z.union([reference, described])),
      }),
    ),
  ),
  components: z.looseObject({ responses: z.record(z.string(), described) }),
});

export const documentText = readFileSync(
  fileURLToPath(new URL("../../openapi.json", import.meta.url)),
  "utf8",
);
export const apiDocument = documented.parse(JSON.parse(documentText));

const ajv = new Ajv2020({
  // The document around the schemas is none, and its formats come with patterns.
  strict: false,
  allErrors: true,
  formats: { "date-time": true, uri: true },
});
ajv.addSchema(JSON.parse(documentText), "openapi.json");

/** Headers that a described answer may leave out. */
const optionalHeaders = new Set(["Idempotency-Replayed"]);

const pointer = (...parts: readonly string[]) =>
  `openapi.json#/${parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;

const validators = new Map<string, ValidateFunction>();

function expectValid(at: string, value: unknown, what: string): void {
  const validate = validators.get(at) ?? ajv.compile({ $ref: at });
  validators.set(at, validate);
  expect(validate(value) ? [] : validate.errors, `${what} against ${at}`).toEqual([]);
}

/** What the document says of an operation. */
function documentedOperation({ path, method }: Operation) {
  const found = apiDocument.paths[path]?.[method];
  if (found === undefined) throw new Error(`openapi.json has no ${method} ${path}`);
  return found;
}

/** The body of an error, and its code in the list of those that this status of the operation can have. */
export function expectError(answer: Answer): string {
  expectValid(pointer("components", "schemas", "Error"), answer.body, "an error");
  return z.object({ code: z.string() }).parse(answer.body).code;
}

export function expectDocumented(operation: Operation, answer: Answer): void {
  const status = String(answer.status);
  const found = documentedOperation(operation).responses[status];
  if (found === undefined) {
    throw new Error(`${operation.id} answered ${status}, which openapi.json does not have: ${answer.text}`);
  }
  const name = "$ref" in found ? found.$ref.slice(found.$ref.lastIndexOf("/") + 1) : null;
  const response = "$ref" in found ? apiDocument.components.responses[name ?? ""] : found;
  if (response === undefined) throw new Error(`openapi.json has no response ${name}`);
  const at =
    name === null
      ? ["paths", operation.path, operation.method, "responses", status]
      : ["components", "responses", name];

  const missing = Object.keys(response.headers).filter(
    (header) => !optionalHeaders.has(header) && !answer.headers.has(header),
  );
  expect(missing, `headers of ${operation.id} ${status}`).toEqual([]);

  const [type] = Object.keys(response.content);
  if (type === undefined) {
    expect(answer.text, `${operation.id} ${status} has no body`).toBe("");
    return;
  }
  expect(answer.headers.get("Content-Type")?.split(";")[0], `${operation.id} ${status}`).toBe(type);
  const body = type === "application/json" ? answer.body : answer.text;
  expectValid(pointer(...at, "content", type, "schema"), body, `the answer of ${operation.id}`);
  if (answer.status >= 400 && operation.responses[answer.status] === undefined) {
    expect(response.description, `the codes of ${operation.id} ${status}`).toContain(
      `\`${expectError(answer)}\``,
    );
  }
}

/** A body that the API accepts must be one by the document, too. */
export function expectDocumentedBody(operation: Operation, body: unknown): void {
  if (documentedOperation(operation).requestBody === undefined) return;
  if (body === undefined && operation.body.safeParse(undefined).success) return;
  const at = [
    "paths",
    operation.path,
    operation.method,
    "requestBody",
    "content",
    "application/json",
    "schema",
  ];
  expectValid(pointer(...at), body, `the request of ${operation.id}`);
}
