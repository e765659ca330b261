/** Asks a remote OpenCode server for its health: at a checked address, once, with a deadline, following no redirect. */
import { DroverError, toError } from "@drover/errors";
import type { CheckedAddress } from "@drover/instances";
import { Agent, request } from "undici";
import { z } from "zod";

const answerBytesMax = 64 * 1024;
const userName = "opencode";

const health = z.object({ version: z.string().max(64) });

function unreachable(detail: string, cause?: unknown): DroverError {
  return new DroverError("instance_unreachable", { detail, cause });
}

/**
 * The server's version.
 * @param password never stored and never told
 * @throws DroverError instance_unreachable
 */
export async function probeInstance(
  url: URL,
  to: CheckedAddress,
  password: string | undefined,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<string> {
  const dispatcher = new Agent({
    connections: 1,
    maxResponseSize: answerBytesMax,
    connect: {
      timeout: deadlineMs,
      // The name was resolved and checked before; whatever it says now is not asked.
      lookup: (_host, _options, callback) => callback(null, [{ address: to.address, family: to.family }]),
    },
  });
  try {
    const response = await request(new URL(`${url.href.replace(/\/$/, "")}/global/health`), {
      dispatcher,
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      ...(password === undefined
        ? {}
        : {
            headers: { authorization: `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}` },
          }),
    });
    const text = await response.body.text();
    if (response.statusCode === 401) throw unreachable("The instance refuses the password.");
    if (response.statusCode !== 200) throw unreachable(`The instance answers ${response.statusCode}.`);
    return health.parse(JSON.parse(text)).version;
  } catch (error) {
    if (error instanceof DroverError) throw error;
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw unreachable("What answers there is not OpenCode.", error);
    }
    throw unreachable(`Nothing answers there: ${toError(error).message}`, error);
  } finally {
    await dispatcher.destroy();
  }
}
