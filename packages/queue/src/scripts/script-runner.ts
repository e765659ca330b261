/** Runs Lua by its digest, loading it where the server does not know it yet (after a restart, say). */
import { createHash } from "node:crypto";
import type { RedisClient } from "../connection.ts";

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(...parts: readonly string[]): Script {
  const lua = parts.join("\n");
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
}

export class ScriptRunner {
  readonly #redis: RedisClient;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /** The script's reply as Redis gives it: parse it before use. */
  async run(
    what: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    try {
      return await this.#redis.evalsha(what.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await this.#redis.eval(what.lua, keys.length, ...keys, ...args);
    }
  }

  /** Many calls in one round trip; a reply that is an error is returned as an `Error`. */
  async runMany(what: Script, calls: readonly ScriptCall[]): Promise<unknown[]> {
    const [only] = calls;
    if (only !== undefined && calls.length === 1) return [await this.#alone(what, only)];
    const replies = await this.#pipeline(what, calls);
    if (!replies.some((reply) => reply instanceof Error && reply.message.startsWith("NOSCRIPT")))
      return replies;
    // The server has forgotten the script, so none of the calls has run. It is loaded by the same pipeline, since on a
    // Cluster that is what goes to the server that has the keys.
    const [loaded, ...again] = await this.#pipeline(what, calls, true);
    if (loaded instanceof Error) throw loaded;
    return again;
  }

  /** One call needs no pipeline, which costs more to make than to send. */
  async #alone(what: Script, { keys, args }: ScriptCall): Promise<unknown> {
    try {
      return await this.run(what, keys, args);
    } catch (error) {
      if (error instanceof Error && error.name === "ReplyError") return error;
      throw error;
    }
  }

  async #pipeline(what: Script, calls: readonly ScriptCall[], load = false): Promise<unknown[]> {
    if (calls.length === 0) return [];
    const pipeline = this.#redis.pipeline();
    if (load) pipeline.script("LOAD", what.lua);
    for (const call of calls) pipeline.evalsha(what.sha, call.keys.length, ...call.keys, ...call.args);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, reply]) => error ?? reply);
  }
}
