/** Plain HTTP against a running stack, as a stranger with curl would do it. */
import { z } from "zod";

export const prefix = "/api/v2/agents";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}

export interface Asking {
  readonly method?: string;
  readonly key?: string | null;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Target {
  readonly url: string;
  readonly key: string;
}

export async function ask(target: Target, path: string, asking: Asking = {}): Promise<Answer> {
  const { body, key = target.key } = asking;
  const response = await fetch(`${target.url}${path}`, {
    method: asking.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(key === null ? {} : { "Coder-Session-Token": key }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...asking.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(90_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const identified = z.looseObject({ id: z.string() });

/** Posts and answers the id of what was created. */
export async function create(
  target: Target,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await ask(target, path, { body, headers });
  if (answer.status !== 202 && answer.status !== 201)
    throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return identified.parse(answer.body).id;
}
