/**
 * A route: an operation of the contract and the handler that answers it.
 *
 * The handler is typed by the operation, its request as well as each of its answers. `answering` ties the two together once,
 * so that the rest of the gateway handles routes without knowing their types.
 */
import type { Principal } from "@drover/access";
import type { AnswerOf, Operation } from "@drover/contracts";
import type { z } from "zod";
import type { IdSource } from "../idempotency/id-source.ts";
import type { Services } from "../services.ts";
import { parsePart } from "./parse-part.ts";

/** What a handler knows of its request. */
export interface Call<Op extends Operation = Operation> {
  readonly params: z.output<Op["params"]>;
  readonly query: z.output<Op["query"]>;
  readonly body: z.output<Op["body"]>;
  /** The caller; of a public operation, nobody, who may do nothing. */
  readonly principal: Principal;
  /** Ids for what is created. */
  readonly ids: IdSource;
  /** Aborted when the caller leaves or the gateway stops. */
  readonly signal: AbortSignal;
}

export type Handler<Op extends Operation> = (services: Services, call: Call<Op>) => Promise<AnswerOf<Op>>;

/** An answer without its type. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The parts of a request before they are parsed. */
interface RawCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export interface Route {
  readonly operation: Operation;
  /** @throws DroverError validation_failed with every fault of params, query and body */
  prepare(
    raw: RawCall,
  ): (services: Services, rest: Pick<Call, "principal" | "ids" | "signal">) => Promise<Answer>;
}

/**
 * `answering(operation)(handler)`: in two steps, so that the handler's answer is checked against the operation's own.
 */
export function answering<Op extends Operation>(operation: Op): (handler: Handler<Op>) => Route {
  return (handler) => ({
    operation,
    prepare(raw) {
      const params = parsePart<Op["params"]>(operation.params, raw.params, "params");
      const query = parsePart<Op["query"]>(operation.query, raw.query, "query");
      const body = parsePart<Op["body"]>(operation.body, raw.body, "body");
      return async (services, { principal, ids, signal }) =>
        await handler(services, { params, query, body, principal, ids, signal });
    },
  });
}
