/** Which errors an operation can answer, and how the OpenAPI document tells of them. */
import { type ErrorCode, errorCatalogue } from "@drover/errors";
import { z } from "zod";
import type { ZodOpenApiResponseObject } from "zod-openapi";
import { errorBody } from "./error-body.ts";
import type { Operation } from "./operation.ts";

/** Whether a schema of parameters asks for any. */
export const hasFields = (schema: z.ZodObject): boolean => Object.keys(schema.shape).length > 0;

export const hasBody = (operation: Operation): boolean => !(operation.body instanceof z.ZodUndefined);

/** Every code that the shape of an operation implies, and those that it lists itself. */
export function errorCodesOf(operation: Operation): ErrorCode[] {
  const codes: ErrorCode[] = ["internal"];
  if (operation.requires !== "public") {
    codes.push("unauthenticated", "forbidden", "rate_limited", "redis_unavailable");
  }
  if (hasBody(operation)) codes.push("malformed_json", "body_too_large", "unsupported_media_type");
  if (hasBody(operation) || hasFields(operation.params) || hasFields(operation.query)) {
    codes.push("validation_failed");
  }
  // What is put need not be there.
  if (hasFields(operation.params) && operation.method !== "put") codes.push("not_found");
  if (operation.idempotent) codes.push("idempotency_key_reused");
  return [...new Set([...codes, ...operation.errors])].sort();
}

export const textHeader = (description: string) => ({ description, schema: { type: "string" as const } });

/** A status with one code is the same everywhere, so the document names it once. */
const shared = new Map<ErrorCode, ZodOpenApiResponseObject>();

function responseOf(status: number, codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const headers: Record<string, ReturnType<typeof textHeader>> = {
    "X-Request-Id": textHeader("The request's id."),
  };
  if (status === 401) headers["WWW-Authenticate"] = textHeader('`Bearer realm="drover"`.');
  if (status === 429 || status === 503) headers["Retry-After"] = textHeader("Seconds to wait.");
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join("\n\n"),
    headers,
    content: { "application/json": { schema: errorBody } },
  };
}

function sharedResponse(status: number, code: ErrorCode): ZodOpenApiResponseObject {
  const response = shared.get(code) ?? { ...responseOf(status, [code]), id: code };
  shared.set(code, response);
  return response;
}

/** The error responses of an operation by status; a status that the operation describes itself is left to it. */
export function errorResponses(operation: Operation): Record<string, ZodOpenApiResponseObject> {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(operation)) {
    const { status } = errorCatalogue[code];
    if (status in operation.responses) continue;
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  const entries = [...codesByStatus].map(([status, codes]) => {
    const [first, ...others] = codes;
    const single = first !== undefined && others.length === 0;
    return [String(status), single ? sharedResponse(status, first) : responseOf(status, codes)] as const;
  });
  return Object.fromEntries(entries);
}
