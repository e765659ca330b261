/** Runs a handler; where the operation heeds an `Idempotency-Key`, a repeated request gets the first answer again. */
import { canonicalJson, type Operation } from "@drover/contracts";
import { toError } from "@drover/errors";
import type { Request, Response } from "express";
import { type IdSource, idsFrom, newIds } from "../idempotency/id-source.ts";
import { idempotencyKeyOf } from "../idempotency/idempotency-key.ts";
import { fingerprintOf, type IdempotentRequest } from "../idempotency/idempotency-store.ts";
import { principalOf, tokenOf } from "../request-state.ts";
import type { Services } from "../services.ts";
import { toDroverError } from "../to-drover-error.ts";
import type { Answer } from "./route.ts";

const replayed = { "Idempotency-Replayed": "true" };

/** Refusals that a handler gives before it creates anything: the key may be used again with a mended request. */
const nothingCreated = new Set([400, 403, 404]);

export async function answerOnce(
  services: Services,
  operation: Operation,
  request: Request,
  response: Response,
  body: unknown,
  run: (ids: IdSource) => Promise<Answer>,
): Promise<Answer> {
  const key = operation.idempotent ? idempotencyKeyOf(request.get("Idempotency-Key")) : null;
  if (key === null) return await run(newIds);

  const token = tokenOf(response);
  const repeatable: IdempotentRequest = {
    principalId: principalOf(response).id,
    token,
    key,
    fingerprint: fingerprintOf(request.method, request.path, canonicalJson(body)),
  };
  const { origin, answer: given } = await services.idempotency.begin(repeatable);
  if (given !== null && given.body !== null) {
    services.metrics.replays.inc();
    const givenBody: unknown = JSON.parse(given.body);
    return { status: given.status, body: givenBody, headers: { ...given.headers, ...replayed } };
  }
  let answer: Answer;
  try {
    answer = await run(idsFrom(origin, token));
  } catch (thrown) {
    if (nothingCreated.has(toDroverError(thrown).status)) await services.idempotency.release(repeatable);
    throw thrown;
  }
  if (given !== null) return { ...answer, headers: { ...answer.headers, ...replayed } };
  try {
    await services.idempotency.complete(repeatable, origin, {
      status: answer.status,
      headers: { ...answer.headers },
      body: JSON.stringify(answer.body),
    });
  } catch (error) {
    // What was created stands, and a repetition finds it by its derived id: no reason to tell of a failure.
    services.logger.warn({ err: toError(error) }, "an idempotent answer could not be kept");
  }
  return answer;
}
