/**
 * Makes an Express route of an operation: what is checked before the handler, and in which order, follows from the
 * operation alone.
 *
 *   trace ▸ authenticate ▸ rate limit ▸ permission ▸ body ▸ validation ▸ Idempotency-Key ▸ handler ▸ replicas ▸ answer
 */
import type { Express, RequestHandler, Response } from "express";
import { z } from "zod";
import { authenticate } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { limitRate } from "../middleware/limit-rate.ts";
import { requirePermission } from "../middleware/require-permission.ts";
import { traceRequest } from "../middleware/trace-request.ts";
import { nobody, stateOf } from "../request-state.ts";
import type { Services } from "../services.ts";
import { answerOnce } from "./answer-once.ts";
import { callSignal } from "./call-signal.ts";
import { expressPath } from "./path-pattern.ts";
import type { Answer, Route } from "./route.ts";

/** Longer than a replica lags while it is well, shorter than a caller waits. */
const replicasMs = 1_500;

/** The checks that stand before every handler of an operation. */
export function guards(services: Services, { operation }: Pick<Route, "operation">): RequestHandler[] {
  const chain: RequestHandler[] = [traceRequest(operation.method, operation.path)];
  if (operation.requires !== "public") {
    chain.push(
      authenticate(services.authentication),
      limitRate(services),
      requirePermission(operation.requires),
    );
  }
  if (!(operation.body instanceof z.ZodUndefined)) {
    const required = !operation.body.safeParse(undefined).success;
    chain.push(...jsonBody(operation.bodyBytesMax, required));
  }
  return chain;
}

export function bindOperation(app: Express, services: Services, route: Route): void {
  const { operation } = route;
  const hasBody = !(operation.body instanceof z.ZodUndefined);
  const handle: RequestHandler = async (request, response) => {
    const body: unknown = hasBody ? request.body : undefined;
    const run = route.prepare({ params: request.params, query: request.query, body });
    using left = callSignal(request, response, services.stopping);
    const answer = await answerOnce(services, operation, request, response, body, (ids) =>
      run(services, { principal: stateOf(response).principal ?? nobody, ids, signal: left.signal }),
    );
    if (operation.method !== "get") await services.store.replicated(services.redisReplicas, replicasMs);
    if (services.checkResponses) checkAnswer(route, answer);
    send(response, answer);
  };
  app.route(expressPath(operation.path))[operation.method](...guards(services, route), handle);
}

function checkAnswer({ operation }: Route, answer: Answer): void {
  const described = operation.responses[answer.status];
  if (described === undefined) throw new Error(`${operation.id} does not answer ${answer.status}`);
  if (described.schema === undefined) {
    if (answer.body !== undefined) throw new Error(`${operation.id} answers ${answer.status} without a body`);
    return;
  }
  // As the caller will read it.
  const read: unknown = JSON.parse(JSON.stringify(answer.body));
  const parsed = described.schema.safeParse(read);
  if (!parsed.success) {
    throw new Error(`${operation.id} answered ${answer.status} against its schema: ${parsed.error.message}`);
  }
}

function send(response: Response, answer: Answer): void {
  // The caller has left; there is nobody to answer.
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.status(answer.status);
  if (answer.body === undefined) response.end();
  else response.json(answer.body);
}
