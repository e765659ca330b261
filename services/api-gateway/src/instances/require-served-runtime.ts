/**
 * Which runtimes an instance can be registered with.
 *
 * `process`: a worker starts OpenCode in the workspace's folder when the first task needs it. `docker`: in a container, where
 * a live worker says that it can. A `remote` one is checked and probed, so that a wrong address or password shows at once.
 */

import type { AgentRegistry } from "@drover/agent-kit";
import type { InstanceRegistration } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import type { AddressRules } from "@drover/instances";
import { probeInstance } from "./probe-instance.ts";

const probeDeadlineMs = 3_000;

function faulty(field: string, detail: string): DroverError {
  return new DroverError("validation_failed", { validations: [{ field, detail }] });
}

/**
 * The version of an instance that runs already; null when a worker will start it.
 * @param keepsPasswords whether this deployment can keep a password
 * @throws DroverError runtime_not_supported, address_not_allowed, instance_unreachable, validation_failed
 */
export async function requireServedRuntime(
  registration: InstanceRegistration,
  rules: AddressRules,
  registry: AgentRegistry,
  keepsPasswords: boolean,
  signal: AbortSignal,
): Promise<string | null> {
  if (registration.runtime === "process") return null;
  if (registration.runtime === "docker") {
    if (await registry.isCapable("opencode", "runtime:docker")) return null;
    throw new DroverError("runtime_not_supported", {
      validations: [
        {
          field: "runtime",
          detail:
            "docker is not served by any live worker; DROVER_OPENCODE_RUNTIMES of an opencode-worker must name it",
        },
      ],
    });
  }
  const url = new URL(registration.url ?? "");
  if (url.username !== "" || url.password !== "")
    throw faulty("url", "must not hold a user name or password; use password");
  if (url.search !== "" || url.hash !== "") throw faulty("url", "must be a base address, without ? and #");
  if (registration.password !== undefined && !keepsPasswords) {
    throw faulty(
      "password",
      "can't be kept: DROVER_MASTER_KEY is not set for the gateway; set it there and for opencode-worker",
    );
  }
  const address = await rules.check(url, probeDeadlineMs);
  return await probeInstance(url, address, registration.password, probeDeadlineMs, signal);
}
