/** API keys: who calls with one, and making, listing and revoking them. */
import { type ApiKey, type ApiKeyCreation, type CreatedApiKey, newId } from "@drover/contracts";
import { type ApiKeyRecord, isExpired, principalOf, shownApiKey } from "./api-key-record.ts";
import { ApiKeyStore, type ApiKeyStoreOptions } from "./api-key-store.ts";
import {
  formatApiKeyToken,
  generateSecret,
  hashSecret,
  parseApiKeyToken,
  secretMatches,
} from "./api-key-token.ts";
import { bootstrapCreator, saveBootstrapKey } from "./bootstrap-key.ts";
import type { Principal } from "./principal.ts";
import { PrincipalCache } from "./principal-cache.ts";

export interface ApiKeysOptions extends ApiKeyStoreOptions {
  /** How long a revocation may take to be felt on other replicas, in milliseconds; at most, and by default, 5 s. */
  readonly cacheMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What tells a key from all others, and proves it. */
export interface KeyMaterial {
  /** A TypeID. */
  readonly id: string;
  readonly secret: string;
}

const newKeyMaterial = (): KeyMaterial => ({ id: newId("key"), secret: generateSecret() });

const cacheMsMax = 5_000;

export class ApiKeys {
  readonly #store: ApiKeyStore;
  readonly #now: () => number;
  readonly #cache: PrincipalCache;

  constructor(options: ApiKeysOptions) {
    this.#store = new ApiKeyStore(options);
    this.#now = options.now ?? Date.now;
    this.#cache = new PrincipalCache({
      maxAgeMs: Math.min(options.cacheMs ?? cacheMsMax, cacheMsMax),
      now: this.#now,
    });
  }

  /**
   * Who calls with `token`; null when it is no valid key.
   * @throws DroverError redis_unavailable when that can't be known now
   */
  async authenticate(token: string): Promise<Principal | null> {
    const parsed = parseApiKeyToken(token);
    if (parsed === null) return null;
    return await this.#cache.get(token, async () => {
      const record = await this.#store.findByTokenId(parsed.id);
      if (record === null || !secretMatches(parsed.secret, record.secret_hash)) return null;
      return isExpired(record, this.#now()) ? null : principalOf(record);
    });
  }

  /**
   * Makes a key. It does not outlive its creator's own credential. What it may grant is checked before, by `authorizeGrants`.
   * @param material the same id and secret again make the same key again; its secret is 32 to 64 of A–Z a–z 0–9
   */
  async create(
    creation: ApiKeyCreation,
    creator: Principal,
    material = newKeyMaterial(),
  ): Promise<CreatedApiKey> {
    const { id, secret } = material;
    const nowMs = this.#now();
    const token = { id: id.slice(id.indexOf("_") + 1), secret };
    const askedExpiryMs =
      creation.expires_in_seconds === undefined
        ? Number.POSITIVE_INFINITY
        : nowMs + creation.expires_in_seconds * 1000;
    const creatorExpiryMs =
      creator.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(creator.expiresAt);
    const expiryMs = Math.min(askedExpiryMs, creatorExpiryMs);
    const record: ApiKeyRecord = {
      id,
      name: creation.name,
      roles: creation.roles,
      created_by: creator.id,
      created_at: new Date(nowMs).toISOString(),
      expires_at: Number.isFinite(expiryMs) ? new Date(expiryMs).toISOString() : null,
      token_id: token.id,
      secret_hash: hashSecret(token.secret),
    };
    await this.#store.save(record);
    return { ...shownApiKey(record), key: formatApiKeyToken(token) };
  }

  /** Every key that has not expired, newest first, without its secret. */
  async list(): Promise<ApiKey[]> {
    const records = await this.#store.list();
    return records.filter((record) => !isExpired(record, this.#now())).map(shownApiKey);
  }

  async find(id: string): Promise<ApiKey | null> {
    const record = await this.#store.find(id);
    return record === null || isExpired(record, this.#now()) ? null : shownApiKey(record);
  }

  /** Revokes a key: at once here, within the cache's age on other replicas. */
  async delete(id: string): Promise<void> {
    const record = await this.#store.find(id);
    if (record === null) return;
    await this.#store.delete(record, record.created_by === bootstrapCreator);
    this.#cache.forget(id);
  }

  /**
   * Makes the key that the configuration names a site owner. Doing it again changes nothing; a new secret under the same id
   * replaces the old one; a key that was revoked stays revoked.
   * @throws Error when the text is no key, or its id belongs to a key made through the API
   */
  async ensureBootstrapKey(text: string): Promise<"saved" | "present" | "revoked"> {
    const outcome = await saveBootstrapKey(this.#store, text, new Date(this.#now()));
    this.#cache.forget(outcome.id);
    return outcome.outcome;
  }
}
