/**
 * One object per operation: the truth from which the route's validation and authorization, the OpenAPI document, the
 * client and the contract tests are derived.
 */
import type { ErrorCode } from "@drover/errors";
import type { z } from "zod";
import type { Permission } from "./access.ts";

export type Method = "get" | "post" | "put" | "delete";

/** What a caller must have: a permission, only a valid credential, or nothing. */
export type Requirement = Permission | "authenticated" | "public";

export interface ResponseDescriptor<Schema extends z.ZodType | undefined = z.ZodType | undefined> {
  readonly description: string;
  /** Absent: no body. */
  readonly schema: Schema;
  readonly mediaType?: "application/json" | "text/event-stream" | "text/html" | "text/plain";
  /** Response headers beside those that every response has. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Responses = Readonly<Record<number, ResponseDescriptor>>;

export interface Operation<
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Answers extends Responses = Responses,
> {
  /** snake_case verb and noun; unique. */
  readonly id: string;
  readonly method: Method;
  /** With parameters in braces: `/api/v2/agents/tasks/{task_id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly requires: Requirement;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly bodyBytesMax: number;
  /** Whether an `Idempotency-Key` is heeded. */
  readonly idempotent: boolean;
  readonly responses: Answers;
  /** Codes it can answer beside those that every operation can. */
  readonly errors: readonly ErrorCode[];
}

/** The body of some response of an operation. */
export type AnswerOf<Op extends Operation> = {
  [Status in keyof Op["responses"] & number]: {
    readonly status: Status;
    readonly body: Op["responses"][Status]["schema"] extends z.ZodType
      ? z.input<Op["responses"][Status]["schema"]>
      : undefined;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof Op["responses"] & number];
