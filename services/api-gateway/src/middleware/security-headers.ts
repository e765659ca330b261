/**
 * Headers that keep a browser from doing what nobody asked for. The API itself is data: nothing may run or be framed.
 * The two pages (documents, queue board) widen the policy for themselves, and never beyond this origin.
 */
import type { RequestHandler } from "express";
import helmet from "helmet";

export type Page = "api" | "page";

const policies: Record<Page, Record<string, string[]>> = {
  api: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
  page: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    // Both pages set style attributes from script.
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", "data:"],
    fontSrc: ["'self'", "data:"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

export function securityHeaders(page: Page): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: policies[page] },
    crossOriginResourcePolicy: { policy: "same-origin" },
    frameguard: { action: "deny" },
    referrerPolicy: { policy: "no-referrer" },
    // Whether there is TLS is the proxy's business; a browser heeds this header over TLS only.
    strictTransportSecurity: { maxAge: 15_552_000, includeSubDomains: false },
  });
}
