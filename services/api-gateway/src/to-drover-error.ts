/** Whatever was thrown below a route → the error of the wire contract. */
import { isRedisOutage } from "@drover/access";
import { DroverError, type ErrorCode } from "@drover/errors";
import { z } from "zod";

const retryRedisMs = 1_000;

/** What the body parser and the router throw, by `type`. */
const parserCodes: Readonly<Record<string, ErrorCode>> = {
  "entity.too.large": "body_too_large",
  "entity.parse.failed": "malformed_json",
  "encoding.unsupported": "unsupported_media_type",
  "charset.unsupported": "unsupported_media_type",
};

const refusedRequest = z.object({ status: z.number().int().min(400).max(499), type: z.string().optional() });

/** `cause` of the result is what was thrown; an error that nobody foresaw is `internal`. */
export function toDroverError(thrown: unknown): DroverError {
  if (thrown instanceof DroverError) return thrown;
  if (isRedisOutage(thrown)) {
    return new DroverError("redis_unavailable", { retryAfterMs: retryRedisMs, cause: thrown });
  }
  const refused = refusedRequest.safeParse(thrown);
  if (thrown instanceof Error && refused.success) {
    const code = parserCodes[refused.data.type ?? ""];
    return code === undefined
      ? new DroverError("validation_failed", { detail: "The request can't be read.", cause: thrown })
      : new DroverError(code, { cause: thrown });
  }
  return new DroverError("internal", { cause: thrown });
}

/** Headers that go with an error. */
export function errorHeaders(error: DroverError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.status === 401) headers["WWW-Authenticate"] = 'Bearer realm="drover"';
  const retryAfterMs =
    error.retryAfterMs ?? (error.status === 429 || error.status === 503 ? 1_000 : undefined);
  if (retryAfterMs !== undefined)
    headers["Retry-After"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return headers;
}
