/** Asks a remote OpenCode server for its health: at a checked address, once, with a deadline, following no redirect. */
import { DroverError, toError } from "@drover/errors";
import { type CheckedAddress, PinnedFetch } from "@drover/instances";
import { z } from "zod";

const answerBytesMax = 64 * 1024;
const userName = "opencode";
/** The line of versions whose interface the workers speak. */
const servedMajor = "1.";

const health = z.object({ version: z.string().max(64) });

function unreachable(detail: string, cause?: unknown): DroverError {
  return new DroverError("instance_unreachable", { detail, cause });
}

/**
 * The server's version.
 * @param password never told
 * @throws DroverError instance_unreachable, runtime_not_supported
 */
export async function probeInstance(
  url: URL,
  to: CheckedAddress,
  password: string | undefined,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<string> {
  await using pinned = new PinnedFetch({ url, to, silenceMaxMs: deadlineMs, answerBytesMax });
  const asked = new Request(`${url.href.replace(/\/$/, "")}/global/health`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    ...(password === undefined
      ? {}
      : { headers: { authorization: `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}` } }),
  });
  const version = await ask(pinned, asked);
  if (!version.startsWith(servedMajor)) {
    throw new DroverError("runtime_not_supported", {
      validations: [{ field: "url", detail: `leads to OpenCode ${version}; 1.x is served` }],
    });
  }
  return version;
}

async function ask(pinned: PinnedFetch, asked: Request): Promise<string> {
  try {
    const response = await pinned.fetch(asked);
    const text = await response.text();
    if (response.status === 401)
      throw unreachable("The instance refuses the password, or asks for one that is not given.");
    if (response.status !== 200) throw unreachable(`The instance answers ${response.status}.`);
    return health.parse(JSON.parse(text)).version;
  } catch (error) {
    if (error instanceof DroverError) throw error;
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw unreachable("What answers there is not OpenCode.", error);
    }
    throw unreachable(`Nothing answers there: ${toError(error).message}`, error);
  }
}
