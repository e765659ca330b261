/** Requests over connections that are kept, several in flight, each timed. */
import { Pool } from "undici";

export interface LoadOptions {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => unknown;
  readonly requests: number;
  readonly inFlight: number;
}

export interface LoadOutcome {
  readonly perSecond: number;
  /** One for each request, in milliseconds. */
  readonly latenciesMs: readonly number[];
}

/** @throws Error when an answer is not 202 */
export async function load(options: LoadOptions): Promise<LoadOutcome> {
  const pool = new Pool(options.origin, { connections: options.inFlight, pipelining: 1 });
  const latenciesMs: number[] = [];
  let left = options.requests;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const startMs = performance.now();
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: options.path,
        headers: { ...options.headers, "content-type": "application/json" },
        body: JSON.stringify(options.body()),
      });
      const text = await body.text();
      latenciesMs.push(performance.now() - startMs);
      if (statusCode !== 202) throw new Error(`a request was answered ${statusCode}: ${text.slice(0, 200)}`);
    }
  };
  try {
    const startMs = performance.now();
    await Promise.all(Array.from({ length: options.inFlight }, lane));
    return { perSecond: (options.requests / (performance.now() - startMs)) * 1000, latenciesMs };
  } finally {
    await pool.close();
  }
}
