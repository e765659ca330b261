/** Where a caller may put its key, in the order in which it is looked for. */
import type { IncomingMessage } from "node:http";

export const tokenCookie = "coder_session_token";

export interface Credential {
  readonly token: string;
  /** A cookie travels without the page's doing, so what comes by one must also come from our own pages. */
  readonly source: "cookie" | "header" | "bearer" | "query";
}

function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) {
      return pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1");
    }
  }
  return undefined;
}

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/**
 * The credential of a request; null when it has none.
 * @param query of a WebSocket upgrade: a browser can't set its headers, so a parameter counts there as well
 */
export function credentialOf(request: IncomingMessage, query: URLSearchParams | null): Credential | null {
  const cookie = cookieValue(request.headers.cookie, tokenCookie);
  if (cookie !== undefined && cookie !== "") return { token: cookie, source: "cookie" };
  const header = single(request.headers["coder-session-token"])?.trim();
  if (header !== undefined && header !== "") return { token: header, source: "header" };
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return { token: bearer, source: "bearer" };
  const parameter = query?.get(tokenCookie) ?? "";
  return parameter === "" ? null : { token: parameter, source: "query" };
}
