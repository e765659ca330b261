/** The OpenAPI document, made from the operations: nothing in it is written twice. */
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import { apiKey, createdApiKey, principal } from "./access.ts";
import { plan } from "./composition.ts";
import { deadLetter } from "./dead-letter.ts";
import { errorBody } from "./error-body.ts";
import { event } from "./event.ts";
import { instance, instanceRegistration } from "./instance.ts";
import { errorResponses, hasBody, hasFields, textHeader } from "./openapi-errors.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations/all-operations.ts";
import { plugin } from "./plugin.ts";
import { catalogueEntry } from "./plugin-spec.ts";
import { queueCounts, queueDemand } from "./queue.ts";
import { quota, quotaLimits } from "./quota.ts";
import { agentState, registeredAgent } from "./registry.ts";
import { schedule, scheduleDefinition } from "./schedule.ts";
import { task, taskSubmission } from "./task.ts";
import { template, templateDefinition, templateRun, templateSummary } from "./template.ts";
import { whyReason } from "./why-reason.ts";
import { workflow, workflowDefinition, workflowSummary } from "./workflow.ts";

/** Shapes with a name of their own in the document. */
const schemas = {
  Agent: registeredAgent,
  AgentState: agentState,
  ApiKey: apiKey,
  CatalogueEntry: catalogueEntry,
  CreatedApiKey: createdApiKey,
  DeadLetter: deadLetter,
  Error: errorBody,
  Event: event,
  Instance: instance,
  InstanceRegistration: instanceRegistration,
  Plan: plan,
  Plugin: plugin,
  Principal: principal,
  QueueCounts: queueCounts,
  QueueDemand: queueDemand,
  Schedule: schedule,
  ScheduleDefinition: scheduleDefinition,
  Quota: quota,
  QuotaLimits: quotaLimits,
  Task: task,
  TaskSubmission: taskSubmission,
  Template: template,
  TemplateDefinition: templateDefinition,
  TemplateRun: templateRun,
  TemplateSummary: templateSummary,
  Workflow: workflow,
  WorkflowDefinition: workflowDefinition,
  WhyReason: whyReason,
  WorkflowSummary: workflowSummary,
};

const securitySchemes = {
  token: {
    type: "apiKey",
    in: "header",
    name: "Coder-Session-Token",
    description: "A key: `drv_<id>_<secret>`.",
  },
  bearer: { type: "http", scheme: "bearer", description: "The same key as a bearer token." },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: "coder_session_token",
    description: "The same key as a cookie.",
  },
} as const;

const idempotencyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("The same key and body answer the first result again. Kept for 24 hours."),
});
const resumeHeader = z.object({
  "Last-Event-ID": z.string().optional().describe("Resume after this event, as `after` does."),
});

const streams = (operation: Operation): boolean =>
  Object.values(operation.responses).some((response) => response.mediaType === "text/event-stream");

function ownResponses(operation: Operation): Record<string, ZodOpenApiResponseObject> {
  const entries = Object.entries(operation.responses).map(([status, response]) => {
    const headers = {
      "X-Request-Id": textHeader("The request's id."),
      ...(operation.idempotent
        ? { "Idempotency-Replayed": textHeader("`true` when it is the answer of an earlier request.") }
        : {}),
      ...Object.fromEntries(
        Object.entries(response.headers ?? {}).map(([name, text]) => [name, textHeader(text)]),
      ),
    };
    const content =
      response.schema === undefined
        ? {}
        : { content: { [response.mediaType ?? "application/json"]: { schema: response.schema } } };
    return [status, { description: response.description, headers, ...content }] as const;
  });
  return Object.fromEntries(entries);
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { requires } = operation;
  const open = requires === "public";
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [operation.tag],
    security: open ? [] : Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    ...(open || requires === "authenticated" ? {} : { "x-required-permission": requires }),
    requestParams: {
      ...(hasFields(operation.params) ? { path: operation.params } : {}),
      ...(hasFields(operation.query) ? { query: operation.query } : {}),
      ...(operation.idempotent ? { header: idempotencyHeader } : {}),
      ...(streams(operation) ? { header: resumeHeader } : {}),
    },
    ...(hasBody(operation)
      ? {
          requestBody: {
            required: !operation.body.safeParse(undefined).success,
            content: { "application/json": { schema: operation.body } },
          },
        }
      : {}),
    responses: { ...ownResponses(operation), ...errorResponses(operation) },
  };
}

/** The whole document; the same code makes the same document. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  const all: Operation[] = Object.values(operations);
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of all.toSorted((left, right) => (left.path < right.path ? -1 : 1))) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
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
    components: { schemas, securitySchemes },
  });
}
