/**
 * The first key: a deployment names it in its configuration, so that there is an owner before there is an API to make one.
 *
 * Its record's id follows from the id within the token, so that replicas that start together save the same record.
 */
import { deriveId } from "@drover/contracts";
import type { ApiKeyStore } from "./api-key-store.ts";
import { hashSecret, parseApiKeyToken } from "./api-key-token.ts";

/** `created_by` of such a key. */
export const bootstrapCreator = "bootstrap";

/** The origin that ids of bootstrap keys are derived from; its time is 0, so they sort behind all others. */
const origin = `key_${"0".repeat(26)}`;

export async function saveBootstrapKey(
  store: ApiKeyStore,
  text: string,
  now: Date,
): Promise<{ id: string; outcome: "saved" | "present" | "revoked" }> {
  const token = parseApiKeyToken(text);
  if (token === null) {
    throw new Error("The bootstrap key is not of the form drv_<id>_<secret>.");
  }
  const id = deriveId("key", origin, token.id);
  const secretHash = hashSecret(token.secret);
  if (await store.isRevoked(token.id, secretHash)) return { id, outcome: "revoked" };
  const present = await store.findByTokenId(token.id);
  if (present !== null && present.created_by !== bootstrapCreator) {
    throw new Error("The bootstrap key's id belongs to a key that was made through the API; choose another.");
  }
  if (present?.secret_hash === secretHash) return { id, outcome: "present" };
  await store.save({
    id,
    name: "bootstrap",
    roles: [{ role: "owner" }],
    created_by: bootstrapCreator,
    created_at: present?.created_at ?? now.toISOString(),
    expires_at: null,
    token_id: token.id,
    secret_hash: secretHash,
  });
  return { id, outcome: "saved" };
}
