/**
 * A stream outlives the check of its key, so the key is checked again and again while it is open: one that was revoked or
 * has expired is told nothing more.
 */
import type { ApiKeys } from "@drover/access";

export interface CredentialWatch extends Disposable {
  /** Aborted once the key is not valid any more. */
  readonly revoked: AbortSignal;
}

/** Dispose when the stream has ended. While it cannot be known whether the key is valid, it counts as before. */
export function watchCredential(keys: ApiKeys, token: string, everyMs: number): CredentialWatch {
  const revoked = new AbortController();
  const check = async () => {
    if ((await keys.authenticate(token)) === null) revoked.abort(new Error("the key is not valid any more"));
  };
  const timer = setInterval(() => void check().catch(() => undefined), everyMs);
  timer.unref();
  return { revoked: revoked.signal, [Symbol.dispose]: () => clearInterval(timer) };
}
