/**
 * How the worker reaches a remote instance: at the address that was registered, checked again here and pinned, or, with
 * another `ConnectRemote`, over any other way.
 */
import type { Instance as Registration } from "@drover/contracts";
import { CapacityFailure, DroverError, PermanentFailure, RetryableFailure, toError } from "@drover/errors";
import { type AddressRules, PinnedFetch } from "@drover/instances";

export interface RemoteConnection extends AsyncDisposable {
  /** Without a slash at its end. What it leads to is the business of `fetch`. */
  readonly baseUrl: string;
  /** Of the server's own user; null: it has none. */
  readonly password: string | null;
  fetch(request: Request): Promise<Response>;
}

/**
 * Must not wait for the server itself.
 * @throws CapacityFailure `instance_unreachable` while there is no way to it
 */
export type ConnectRemote = (registration: Registration) => Promise<RemoteConnection>;

export interface DirectConnectionOptions {
  readonly rules: AddressRules;
  /** The password of an instance by its id; null: it has none. */
  readonly password: (instanceId: string) => Promise<string | null>;
}

const resolveDeadlineMs = 3_000;
/** OpenCode's event stream says something every ten seconds. */
const silenceMaxMs = 30_000;
const answerBytesMax = 64 * 1024 * 1024;
const unreachableRetryMs = 5_000;

export function unreachable(message: string): CapacityFailure {
  return new CapacityFailure("instance_unreachable", message, { retryAfterMs: unreachableRetryMs });
}

/** Over the network, to the address that was registered. */
export function connectDirectly(options: DirectConnectionOptions): ConnectRemote {
  return async (registration) => {
    if (registration.url === null) throw unreachable("The instance of this workspace has no address.");
    const url = new URL(registration.url);
    const password = await options.password(registration.id).catch((error: unknown) => {
      throw new RetryableFailure(
        "instance_failed",
        `The password of the instance cannot be opened: ${toError(error).message}`,
        { cause: error },
      );
    });
    const to = await options.rules.check(url, resolveDeadlineMs).catch((error: unknown) => {
      throw addressFailure(error);
    });
    const pinned = new PinnedFetch({ url, to, silenceMaxMs, answerBytesMax });
    return {
      baseUrl: url.href.replace(/\/$/, ""),
      password,
      fetch: (request) => pinned.fetch(request),
      [Symbol.asyncDispose]: () => pinned[Symbol.asyncDispose](),
    };
  };
}

function addressFailure(error: unknown): Error {
  if (!(error instanceof DroverError)) return toError(error);
  if (error.code === "address_not_allowed")
    return new PermanentFailure(
      "address_not_allowed",
      "The instance is at an address that must not be used.",
    );
  return unreachable(error.message);
}
