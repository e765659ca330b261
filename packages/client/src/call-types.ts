/** What a call takes and gives, derived from its operation. */
import type { Operation } from "@drover/contracts";
import type { z } from "zod";

/** A part of the request: left out where the operation has none of it, optional where every field is. */
type Part<Name extends string, Schema extends z.ZodType> = [z.input<Schema>] extends [undefined]
  ? unknown
  : undefined extends z.input<Schema>
    ? { readonly [Key in Name]?: Exclude<z.input<Schema>, undefined> }
    : Record<never, never> extends z.input<Schema>
      ? { readonly [Key in Name]?: z.input<Schema> }
      : { readonly [Key in Name]: z.input<Schema> };

export interface CallOptions {
  /** Makes a POST repeatable: the same key and body answer the first result. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** For all tries together, in milliseconds. Default: the client's. */
  readonly deadlineMs?: number;
}

export type CallInput<Op extends Operation> = Part<"params", Op["params"]> &
  Part<"query", Op["query"]> &
  Part<"body", Op["body"]> &
  CallOptions;

/** The arguments after the operation: none are needed where every part is optional. */
export type CallArguments<Op extends Operation> =
  Record<never, never> extends CallInput<Op> ? [input?: CallInput<Op>] : [input: CallInput<Op>];

type Success<Status> = Status extends number ? (`${Status}` extends `2${string}` ? Status : never) : never;

/** The body of a successful answer. */
export type Answer<Op extends Operation> = {
  [Status in Success<keyof Op["responses"]>]: Op["responses"][Status]["schema"] extends z.ZodType
    ? z.output<Op["responses"][Status]["schema"]>
    : undefined;
}[Success<keyof Op["responses"]>];

/** The same without types, as the implementation sees it. */
export interface LooseInput extends CallOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}
