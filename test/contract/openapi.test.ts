/** `openapi.json` is what the operations say, and is a document that tools can read. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openApiDocument, operations } from "@drover/contracts";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { repositoryRoot } from "../architecture/repository-root.ts";

const operationObject = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  responses: z.record(z.string(), z.unknown()),
});
const documentShape = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationObject)),
});
const made: unknown = JSON.parse(JSON.stringify(openApiDocument()));
const { paths } = documentShape.parse(made);

const text = readFileSync(join(repositoryRoot, "openapi.json"), "utf8");

test("the checked-in document is current: `npm run openapi` writes it", () => {
  expect(JSON.parse(text)).toEqual(made);
});

test("it is a valid OpenAPI 3.1 document", async () => {
  const { valid, errors } = await new Validator().validate(text);
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test("it describes every operation once, and no other", () => {
  const described = Object.values(paths).flatMap((path) =>
    Object.values(path).map((entry) => entry.operationId),
  );
  expect(described.sort()).toEqual(
    Object.values(operations)
      .map((operation) => operation.id)
      .sort(),
  );
});

describe("every operation", () => {
  test.each(Object.values(operations).map((operation) => [operation.id, operation] as const))(
    "%s tells who may call it and how it can fail",
    (_id, operation) => {
      const entry = paths[operation.path]?.[operation.method];
      expect(entry?.security.length).toBe(operation.requires === "public" ? 0 : 3);
      const statuses = Object.keys(entry?.responses ?? {});
      for (const status of Object.keys(operation.responses)) expect(statuses).toContain(status);
      if (operation.requires === "public") return;
      expect(statuses).toEqual(expect.arrayContaining(["401", "403", "429", "500", "503"]));
    },
  );
});
