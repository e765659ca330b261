/** Reads a JSON body of at most so many bytes, and refuses what would be costly to handle however small it is. */
import { DroverError } from "@drover/errors";
import express, { type Request, type RequestHandler } from "express";

/** Deeper than any sensible body, and far from where recursion over it would fail. */
const depthMax = 100;

const containersIn = (value: object): object[] =>
  Object.values(value).filter((item) => typeof item === "object" && item !== null);

/** Whether more than `max` arrays and objects lie within each other. */
export function isDeeperThan(value: unknown, max: number): boolean {
  let level = containersIn([value]);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > max) return true;
    level = level.flatMap(containersIn);
  }
  return false;
}

const empty = () => new DroverError("malformed_json", { detail: "The body is empty." });

/**
 * @param required whether a request without any body is refused
 * @throws DroverError unsupported_media_type, body_too_large, malformed_json, validation_failed; the parser's own errors
 * are turned into these by `toDroverError`
 */
export function jsonBody(bytesMax: number, required: boolean): RequestHandler[] {
  const checks = requiredJsonBody(bytesMax);
  if (required) return checks;
  const unlessAbsent = (check: RequestHandler): RequestHandler => {
    return (request, response, next) => (hasBody(request) ? check(request, response, next) : next());
  };
  return checks.map(unlessAbsent);
}

/** Whether a request carries a body at all, as RFC 9112 tells it. */
function hasBody({ headers }: Request): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function requiredJsonBody(bytesMax: number): RequestHandler[] {
  const parse = express.json({ limit: bytesMax, strict: false, type: () => true });
  return [
    (request, _response, next) => {
      const mediaType = request.get("Content-Type");
      if (mediaType === undefined || !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(mediaType)) {
        throw new DroverError("unsupported_media_type");
      }
      // The parser takes nothing at all for an empty object.
      if (request.get("Content-Length") === "0") throw empty();
      next();
    },
    parse,
    (request, _response, next) => {
      const body: unknown = request.body;
      if (body === undefined) throw empty();
      if (isDeeperThan(body, depthMax)) {
        throw new DroverError("validation_failed", {
          validations: [{ field: "(body)", detail: `must not be nested deeper than ${depthMax} levels` }],
        });
      }
      next();
    },
  ];
}
