/**
 * API keys in Redis.
 *
 * A record stands under the id within the token, so that authenticating is one read; a hash leads from the key's own id to
 * it. A record with an expiry leaves Redis by itself as well.
 */
import type { Cluster, Redis } from "ioredis";
import { type ApiKeyRecord, apiKeyRecord } from "./api-key-record.ts";
import { duringRedis } from "./redis-outage.ts";

export interface ApiKeyStoreOptions {
  readonly redis: Redis | Cluster;
  /** Before every key; holds a hash tag, so that transactions work on a cluster. */
  readonly prefix: string;
}

function parse(text: string | null | undefined): ApiKeyRecord | null {
  return text === null || text === undefined ? null : apiKeyRecord.parse(JSON.parse(text));
}

export class ApiKeyStore {
  readonly #redis: Redis | Cluster;
  readonly #prefix: string;

  constructor(options: ApiKeyStoreOptions) {
    this.#redis = options.redis;
    this.#prefix = options.prefix;
  }

  get #index(): string {
    return `${this.#prefix}:key-ids`;
  }

  #record(tokenId: string): string {
    return `${this.#prefix}:key:${tokenId}`;
  }

  #revoked(tokenId: string): string {
    return `${this.#prefix}:revoked-key:${tokenId}`;
  }

  async findByTokenId(tokenId: string): Promise<ApiKeyRecord | null> {
    return parse(await duringRedis(() => this.#redis.get(this.#record(tokenId))));
  }

  async find(id: string): Promise<ApiKeyRecord | null> {
    const tokenId = await duringRedis(() => this.#redis.hget(this.#index, id));
    return tokenId === null ? null : await this.findByTokenId(tokenId);
  }

  /** Every record that has not expired, newest first. */
  async list(): Promise<ApiKeyRecord[]> {
    const index = await duringRedis(() => this.#redis.hgetall(this.#index));
    const entries = Object.entries(index).sort(([left], [right]) => (left < right ? 1 : -1));
    if (entries.length === 0) return [];
    const texts = await duringRedis(() =>
      this.#redis.mget(entries.map(([, tokenId]) => this.#record(tokenId))),
    );
    const expired = entries.flatMap(([id], position) => (texts[position] ? [] : [id]));
    if (expired.length > 0) await duringRedis(() => this.#redis.hdel(this.#index, ...expired));
    return texts.flatMap((text) => parse(text) ?? []);
  }

  async save(record: ApiKeyRecord): Promise<void> {
    const transaction = this.#redis
      .multi()
      .set(this.#record(record.token_id), JSON.stringify(record))
      .hset(this.#index, record.id, record.token_id);
    if (record.expires_at !== null) {
      transaction.pexpireat(this.#record(record.token_id), Date.parse(record.expires_at));
    }
    await duringRedis(() => transaction.exec());
  }

  /** Removes a key; `remember` keeps it from coming back through the configuration. */
  async delete(record: ApiKeyRecord, remember: boolean): Promise<void> {
    const transaction = this.#redis.multi().del(this.#record(record.token_id)).hdel(this.#index, record.id);
    if (remember) transaction.set(this.#revoked(record.token_id), record.secret_hash);
    await duringRedis(() => transaction.exec());
  }

  /** Whether a key with this id and this hash was deleted with `remember`. */
  async isRevoked(tokenId: string, secretHash: string): Promise<boolean> {
    return (await duringRedis(() => this.#redis.get(this.#revoked(tokenId)))) === secretHash;
  }
}
