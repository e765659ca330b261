/**
 * HTTP to a server behind a Unix socket that lies in a folder which an untrusted container may write to.
 *
 * The socket is opened once, as itself and not as what a link points to, and reached from then on by its descriptor. So what
 * the container lays in its place later is never spoken to, and a path may be longer than the 107 bytes of an address.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Agent, fetch as fetchBy } from "undici";

/** O_PATH of Linux, which Node does not name: a descriptor that only stands for the file. */
const pathOnly = 0o10_000_000;
const connectDeadlineMs = 5_000;

export interface SocketClient extends AsyncDisposable {
  readonly fetch: typeof fetch;
}

/** Null while there is no socket at `path`. */
export async function openSocket(path: string): Promise<SocketClient | null> {
  const handle = await open(path, pathOnly | constants.O_NOFOLLOW).catch(() => null);
  if (handle === null) return null;
  if (!(await handle.stat()).isSocket()) {
    await handle.close();
    return null;
  }
  const dispatcher = new Agent({
    connect: { socketPath: `/proc/self/fd/${handle.fd}`, timeout: connectDeadlineMs },
    bodyTimeout: 0, // events come when they come; whoever reads them has a deadline of its own
  });
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const bodyless = request.method === "GET" || request.method === "HEAD";
      const answer = await fetchBy(request.url, {
        method: request.method,
        headers: Object.fromEntries(request.headers),
        body: bodyless ? null : await request.arrayBuffer(),
        signal: request.signal,
        redirect: "error",
        dispatcher,
      });
      const { status, statusText } = answer;
      return new Response(answer.body, { status, statusText, headers: Object.fromEntries(answer.headers) });
    },
    async [Symbol.asyncDispose]() {
      await dispatcher.destroy();
      await handle.close();
    },
  };
}
