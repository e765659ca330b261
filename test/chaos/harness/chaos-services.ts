/** The services of a chaos run: what carries diagnostics, and two workers, so that one can take over from the other. */
import { join } from "node:path";
import { droverServices, type ServiceDefinition } from "@drover/embedded";
import { formerVersion } from "../world/former-version.ts";
import type { Topology } from "./chaos-options.ts";

/** @throws FormerVersionUnavailable where old workers are asked for and cannot be had */
export async function chaosServices(
  topology: Topology,
  say: (line: string) => void,
): Promise<ServiceDefinition[]> {
  const worker = named("infra-worker");
  const second =
    topology === "mixed"
      ? { ...asOf(await formerVersion(say), worker), name: "infra-worker-old" }
      : { ...worker, name: "infra-worker-b" };
  return [named("api-gateway"), named("agentzero-orchestrator"), worker, second];
}

function named(name: string): ServiceDefinition {
  const found = droverServices.find((service) => service.name === name);
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
}

function asOf(folder: string, service: ServiceDefinition): ServiceDefinition {
  return { ...service, entry: join(folder, "services", service.name, "src", "main.ts") };
}
