/**
 * Which runtimes an instance can be registered with.
 *
 * `process`: a worker starts OpenCode in the workspace's folder when the first task needs it. `docker`: in a container, where
 * a live worker says that it can. A
 * `remote` one is checked and probed, so that a wrong address or password shows at once; work is not sent to it yet, so it is
 * refused in the end. Serving it is a matter of returning its version here.
 */

import type { AgentRegistry } from "@drover/agent-kit";
import type { InstanceRegistration } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { AddressRules } from "@drover/instances";
import { probeInstance } from "./probe-instance.ts";

const probeDeadlineMs = 3_000;
const remoteIsServed = false;

function notSupported(detail: string): DroverError {
  return new DroverError("runtime_not_supported", { validations: [{ field: "runtime", detail }] });
}

/**
 * The version of an instance that runs already; null when a worker will start it.
 * @throws DroverError runtime_not_supported, address_not_allowed, instance_unreachable, validation_failed
 */
export async function requireServedRuntime(
  registration: InstanceRegistration,
  rules: AddressRules,
  registry: AgentRegistry,
  signal: AbortSignal,
): Promise<string | null> {
  if (registration.runtime === "process") return null;
  if (registration.runtime === "docker") {
    if (await registry.isCapable("opencode", "runtime:docker")) return null;
    throw notSupported(
      "docker is not served by any live worker; DROVER_OPENCODE_RUNTIMES of an opencode-worker must name it",
    );
  }
  const url = new URL(registration.url ?? "");
  if (url.username !== "" || url.password !== "") {
    throw new DroverError("validation_failed", {
      validations: [{ field: "url", detail: "must not hold a user name or password; use password" }],
    });
  }
  const address = await rules.check(url, probeDeadlineMs);
  const version = await probeInstance(url, address, registration.password, probeDeadlineMs, signal);
  if (remoteIsServed) return version;
  throw notSupported(
    `the instance answers (OpenCode ${version}), but remote ones are not served by this version`,
  );
}
