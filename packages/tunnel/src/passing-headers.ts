/** Which headers pass a tunnel: those between the ends, not those between two neighbours (RFC 9110, 7.6.1). */
import type { IncomingHttpHeaders } from "node:http";
import { tunnelFaultHeader, tunnelTokenHeader } from "./tunnel-limits.ts";

const neverPass = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "host",
  "expect",
  // Each end has a credential of its own: the worker's is for the gateway, OpenCode's password stays in the workspace.
  "authorization",
  "cookie",
  "set-cookie",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  // Only the tunnel itself says where a request came to an end.
  tunnelFaultHeader,
  tunnelTokenHeader,
]);

export type PassingHeaders = Record<string, string | string[]>;

export function passingHeaders(headers: IncomingHttpHeaders): PassingHeaders {
  const named = new Set(
    String(headers.connection ?? "")
      .split(",")
      .map((name) => name.trim().toLowerCase()),
  );
  const passing: PassingHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(":") || neverPass.has(name) || named.has(name)) continue;
    passing[name] = value;
  }
  return passing;
}
