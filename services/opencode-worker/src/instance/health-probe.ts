/** Whether a server answers, asked with a deadline. */
import { withinDeadline } from "../waiting/within-deadline.ts";
import type { Instance } from "./instance-runtime.ts";

/** False when it does not answer within `deadlineMs`, or says that it is ill; never throws. */
export async function isHealthy(instance: Instance, deadlineMs: number): Promise<boolean> {
  if (!instance.alive) return false;
  try {
    const answer = await withinDeadline(deadlineMs, (signal) => instance.client.global.health({ signal }));
    return answer.data?.healthy === true;
  } catch {
    return false;
  }
}
