/** The services of a chaos run: what carries diagnostics, and two workers, so that one can take over from the other. */
import { droverServices, type ServiceDefinition } from "@drover/embedded";
import type { Topology } from "./chaos-options.ts";

export async function chaosServices(
  _topology: Topology,
  _say: (line: string) => void,
): Promise<ServiceDefinition[]> {
  const named = (name: string) => {
    const found = droverServices.find((service) => service.name === name);
    if (found === undefined) throw new Error(`there is no service ${name}`);
    return found;
  };
  const worker = named("infra-worker");
  return [
    named("api-gateway"),
    named("agentzero-orchestrator"),
    worker,
    { ...worker, name: "infra-worker-b" },
  ];
}
