/** Reads a JSON body of at most so many bytes, and refuses what would be costly to handle however small it is. */
import { DroverError } from "@drover/errors";
import express, { type RequestHandler } from "express";

/** Deeper than any sensible body, and far from where recursion over it would fail. */
const depthMax = 100;

/** Whether arrays and objects are nested deeper than `max`. */
export function isDeeperThan(value: unknown, max: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > max) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    level = level.filter((item) => typeof item === "object" && item !== null);
  }
  return false;
}

/**
 * @throws DroverError unsupported_media_type, body_too_large, malformed_json, validation_failed; the parser's own errors
 * are turned into these by `toDroverError`
 */
export function jsonBody(bytesMax: number): RequestHandler[] {
  const parse = express.json({ limit: bytesMax, strict: false, type: () => true });
  return [
    (request, _response, next) => {
      const mediaType = request.get("Content-Type");
      if (mediaType === undefined || !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(mediaType)) {
        throw new DroverError("unsupported_media_type");
      }
      next();
    },
    parse,
    (request, _response, next) => {
      const body: unknown = request.body;
      if (body === undefined) throw new DroverError("malformed_json", { detail: "The body is empty." });
      if (isDeeperThan(body, depthMax)) {
        throw new DroverError("validation_failed", {
          validations: [{ field: "(body)", detail: `must not be nested deeper than ${depthMax} levels` }],
        });
      }
      next();
    },
  ];
}
