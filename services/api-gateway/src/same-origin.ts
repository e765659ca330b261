/**
 * Whether a request that a cookie authenticates comes from a page of ours. Another site's page can make a browser send the
 * cookie, and the browser then says where the request comes from; a client that says nothing is no browser.
 */
import type { IncomingHttpHeaders } from "node:http";

/**
 * @param host our own host and port, as the caller addressed it
 */
export function isSameOrigin(headers: IncomingHttpHeaders, host: string | undefined): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  const { origin } = headers;
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host?.toLowerCase();
  } catch {
    return false;
  }
}
