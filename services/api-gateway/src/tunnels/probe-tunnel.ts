/** Asks the OpenCode at the other end of a tunnel for its health, with a deadline. */
import { constants } from "node:http2";
import type { TunnelSession } from "@drover/tunnel";
import { z } from "zod";

const deadlineMs = 5_000;
const answerBytesMax = 64 * 1024;
const health = z.object({ healthy: z.literal(true), version: z.string().max(64) });

/** Its version; null: it does not answer, or not as OpenCode does. Never throws. */
export async function probeTunnel(session: TunnelSession): Promise<string | null> {
  if (!session.open) return null;
  const stream = session.request({ method: "GET", path: "/global/health", headers: {}, hasBody: false });
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), deadlineMs);
  let status = 0;
  stream.once("response", (headers) => {
    status = headers[":status"] ?? 0;
  });
  try {
    let text = "";
    for await (const piece of stream.setEncoding("utf8")) {
      text += String(piece);
      if (text.length > answerBytesMax) return null;
    }
    const parsed = status === 200 ? health.safeParse(JSON.parse(text)) : null;
    return parsed?.success === true ? parsed.data.version : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    stream.close(constants.NGHTTP2_CANCEL);
  }
}
