/** A key as it is stored: what the API shows of it, how it is found, and the hash of its secret. */
import { type ApiKey, apiKey } from "@drover/contracts";
import { z } from "zod";
import type { Principal } from "./principal.ts";

export const apiKeyRecord = apiKey.extend({
  /** The id within the token. */
  token_id: z.string(),
  /** SHA-256 of the secret, in hexadecimal. */
  secret_hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ApiKeyRecord = z.infer<typeof apiKeyRecord>;

/** The key without what must not be shown. */
export function shownApiKey(record: ApiKeyRecord): ApiKey {
  return apiKey.parse(record);
}

/** The caller that holds this key: a workspace's when it can act nowhere else, else a service's. */
export function principalOf(record: ApiKeyRecord): Principal {
  return {
    id: record.id,
    name: record.name,
    kind: record.roles.every((grant) => grant.workspace_id !== undefined) ? "workspace" : "service",
    roles: record.roles,
    expiresAt: record.expires_at,
  };
}

export function isExpired(record: ApiKeyRecord, nowMs: number): boolean {
  return record.expires_at !== null && Date.parse(record.expires_at) <= nowMs;
}
