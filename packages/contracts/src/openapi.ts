/**
 * The OpenAPI document, made from the operations: nothing in it is written twice.
 *
 * Every operation answers the errors that its shape implies (a body can be too large, an id can be missing) and those that
 * it lists itself.
 */
import { type ErrorCode, errorCatalogue } from "@drover/errors";
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from "zod-openapi";
import { apiKey, createdApiKey, principal } from "./access.ts";
import { plan } from "./composition.ts";
import { deadLetter } from "./dead-letter.ts";
import { errorBody } from "./error-body.ts";
import { event } from "./event.ts";
import { instance, plugin } from "./instance.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations/all-operations.ts";
import { queueCounts, queueDemand } from "./queue.ts";
import { agentState, registeredAgent } from "./registry.ts";
import { task } from "./task.ts";
import { workflow, workflowSummary } from "./workflow.ts";

/** Shapes worth a name of their own in the document. */
const schemas = {
  Task: task,
  Event: event,
  Workflow: workflow,
  WorkflowSummary: workflowSummary,
  Plan: plan,
  Agent: registeredAgent,
  AgentState: agentState,
  QueueCounts: queueCounts,
  QueueDemand: queueDemand,
  DeadLetter: deadLetter,
  Instance: instance,
  Plugin: plugin,
  ApiKey: apiKey,
  CreatedApiKey: createdApiKey,
  Principal: principal,
  Error: errorBody,
};

const hasFields = (schema: z.ZodObject): boolean => Object.keys(schema.shape).length > 0;

/** Every error code that an operation can answer, `internal` and `redis_unavailable` included. */
export function errorCodesOf(operation: Operation): ErrorCode[] {
  const hasBody = !(operation.body instanceof z.ZodUndefined);
  const bodyCodes: ErrorCode[] = ["malformed_json", "body_too_large", "unsupported_media_type"];
  const codes: ErrorCode[] = ["internal", "shutting_down"];
  if (operation.requires !== "public") {
    codes.push("unauthenticated", "forbidden", "rate_limited", "redis_unavailable");
  }
  if (hasBody) codes.push(...bodyCodes);
  if (hasBody || hasFields(operation.params) || hasFields(operation.query)) codes.push("validation_failed");
  if (hasFields(operation.params)) codes.push("not_found");
  if (operation.idempotent) codes.push("idempotency_key_reused");
  return [...new Set([...codes, ...operation.errors])].sort();
}

function errorResponses(operation: Operation): ZodOpenApiResponsesObject {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(operation)) {
    const { status } = errorCatalogue[code];
    // A response of the operation's own under the same status describes itself.
    if (status in operation.responses) continue;
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, codes] of codesByStatus) {
    const headers: Record<string, { description: string; schema: { type: "string" } }> = {};
    if (status === 401) headers["WWW-Authenticate"] = header('Always `Bearer realm="drover"`.');
    if (status === 429 || status === 503) headers["Retry-After"] = header("Seconds to wait.");
    responses[`${status}`] = {
      description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join("\n\n"),
      headers,
      content: { "application/json": { schema: errorBody } },
    };
  }
  return responses;
}

const header = (description: string) => ({ description, schema: { type: "string" as const } });

function ownResponses(operation: Operation): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {};
  for (const [status, response] of Object.entries(operation.responses)) {
    const headers: Record<string, ReturnType<typeof header>> = { "X-Request-Id": header("The request's id.") };
    for (const [name, description] of Object.entries(response.headers ?? {})) headers[name] = header(description);
    if (operation.idempotent) {
      headers["Idempotency-Replayed"] = header("`true` when the answer is that of an earlier request.");
    }
    responses[`${Number(status)}`] = {
      description: response.description,
      headers,
      ...(response.schema === undefined
        ? {}
        : { content: { [response.mediaType ?? "application/json"]: { schema: response.schema } } }),
    };
  }
  return responses;
}

const idempotencyHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("Repeating a request with the same key and body answers the first result. Kept for 24 hours."),
});
const streamHeaders = z.object({
  "Last-Event-ID": z.string().optional().describe("Resume after this event; `after` does the same."),
});

function describe(operation: Operation): ZodOpenApiOperationObject {
  const streams = Object.values(operation.responses).some(({ mediaType }) => mediaType === "text/event-stream");
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [operation.tag],
    security: operation.requires === "public" ? [] : [{ token: [] }, { bearer: [] }, { cookie: [] }],
    ...(operation.requires === "public" || operation.requires === "authenticated"
      ? {}
      : { "x-required-permission": operation.requires }),
    requestParams: {
      ...(hasFields(operation.params) ? { path: operation.params } : {}),
      ...(hasFields(operation.query) ? { query: operation.query } : {}),
      ...(operation.idempotent ? { header: idempotencyHeaders } : {}),
      ...(streams ? { header: streamHeaders } : {}),
    },
    ...(operation.body instanceof z.ZodUndefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: operation.body } } } }),
    responses: { ...ownResponses(operation), ...errorResponses(operation) },
  };
}

/** The whole document; the same for the same code. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  const all: Operation[] = Object.values(operations);
  for (const operation of all.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Drover",
      version: "0.1.0",
      description: "Runs AI coding agents as durable tasks and as workflows of tasks.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: [...new Set(all.map((operation) => operation.tag))].sort().map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: "apiKey", in: "header", name: "Coder-Session-Token", description: "A key: `drv_<id>_<secret>`." },
        bearer: { type: "http", scheme: "bearer", description: "The same key as a bearer token." },
        cookie: { type: "apiKey", in: "cookie", name: "coder_session_token", description: "The same key as a cookie." },
      },
    },
  });
}
