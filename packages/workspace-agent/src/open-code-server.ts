/** The OpenCode server of the workspace: one that the agent started, or one that ran before. */
import { request as ask } from "node:http";
import type { TunnelTarget } from "@drover/tunnel";
import { z } from "zod";

export interface OpenCodeServer extends AsyncDisposable {
  /** Where it listens now; null: it is being started again. */
  target(): TunnelTarget | null;
}

/** It cannot be had: what to do about it stands in the message. */
export class OpenCodeUnavailable extends Error {
  override readonly name = "OpenCodeUnavailable";
}

const userName = "opencode";
const answerBytesMax = 1024 * 1024;
const health = z.object({ healthy: z.literal(true), version: z.string() });

export function basicOf(password: string | null): string | null {
  return password === null ? null : `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}`;
}

export interface LocalAnswer {
  readonly status: number;
  readonly text: string;
}

/** @throws Error when it does not answer in time, or too much */
export function askOpenCode(
  target: TunnelTarget,
  method: string,
  path: string,
  deadlineMs: number,
): Promise<LocalAnswer> {
  const { host, port, authorization } = target;
  return new Promise((resolve, reject) => {
    const asked = ask({
      host,
      port,
      method,
      path,
      agent: false,
      headers: authorization === null ? {} : { authorization },
      signal: AbortSignal.timeout(deadlineMs),
    });
    asked.once("error", reject);
    asked.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
        if (text.length > answerBytesMax) response.destroy(new Error("the answer is too large"));
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.end();
  });
}

/**
 * Its version.
 * @throws OpenCodeUnavailable saying what answers instead
 */
export async function versionOf(target: TunnelTarget, deadlineMs: number): Promise<string> {
  const where = `${target.host}:${target.port}`;
  const answer = await askOpenCode(target, "GET", "/global/health", deadlineMs).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new OpenCodeUnavailable(`OpenCode does not answer at ${where}: ${why}`);
  });
  if (answer.status === 401)
    throw new OpenCodeUnavailable(`OpenCode at ${where} refuses the password: set OPENCODE_SERVER_PASSWORD.`);
  try {
    return health.parse(JSON.parse(answer.text)).version;
  } catch {
    throw new OpenCodeUnavailable(`What answers at ${where} is not OpenCode.`);
  }
}
