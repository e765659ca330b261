/** Lets a server forget a folder that is about to go: what it watches there and keeps in memory of it. */
import type { Instance } from "../instance/instance-runtime.ts";
import { withinDeadline } from "../waiting/within-deadline.ts";

const deadlineMs = 3_000;

/** @param instance as it is seen for that folder: for its workspace's own it would stop what runs there. Never rejects. */
export async function closeFolder(instance: Instance): Promise<void> {
  await withinDeadline(deadlineMs, (signal) => instance.client.instance.dispose({}, { signal })).catch(
    () => undefined,
  );
}
