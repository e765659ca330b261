/** A route that answers with a stream of events, over SSE or WebSocket alike. */
import type { Principal } from "@drover/access";
import { eventsQuery, type Operation } from "@drover/contracts";
import type { Shard, Subject } from "@drover/queue";
import type { z } from "zod";
import { parsePart } from "../routing/parse-part.ts";
import type { Services } from "../services.ts";

interface StreamRequest {
  readonly params: unknown;
  readonly query: unknown;
  /** `Last-Event-ID` of an SSE client that comes back. */
  readonly lastEventId: string | undefined;
}

/** Whose events, and where they are. */
export interface StreamSubject {
  readonly shard: Shard;
  readonly subject: Subject;
}

interface OpenedStream extends StreamSubject {
  /** Event after which to begin; undefined: from the first. */
  readonly after: string | undefined;
}

export interface StreamRoute {
  readonly operation: Operation;
  /**
   * Checks a request before anything is streamed.
   * @throws DroverError validation_failed, not_found
   */
  open(services: Services, principal: Principal, request: StreamRequest): Promise<OpenedStream>;
}

/** @param find the subject of a request, if the principal may read it */
export function defineStreamRoute<Params extends z.ZodObject>(
  operation: Operation & { readonly params: Params },
  find: (services: Services, principal: Principal, params: z.output<Params>) => Promise<StreamSubject>,
): StreamRoute {
  return {
    operation,
    async open(services, principal, request) {
      const params = parsePart<Params>(operation.params, request.params, "params");
      // A client that comes back knows better than the address that it began with.
      const { after: cursor } = parsePart(eventsQuery, request.query, "query");
      const { after: last } = parsePart(eventsQuery, { after: request.lastEventId }, "query");
      return { ...(await find(services, principal, params)), after: last ?? cursor };
    },
  };
}
