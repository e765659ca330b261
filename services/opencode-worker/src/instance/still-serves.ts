/** Whether an instance that runs is still the one that its workspace is registered with. */
import type { Instance, InstanceSpec } from "./instance-runtime.ts";

/** False once another runtime, or another remote instance, was registered. */
export function stillServes(instance: Instance, { registration: present }: InstanceSpec): boolean {
  const { registration: former } = instance.spec;
  if (former?.runtime !== present?.runtime) return false;
  return present?.runtime !== "remote" || former?.id === present.id;
}
