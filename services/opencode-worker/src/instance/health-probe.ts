/** Whether a server answers, asked with a deadline. */
import type { Instance } from "./instance-runtime.ts";

/** False when it does not answer within `deadlineMs`, or says that it is ill; never throws. */
export async function isHealthy(instance: Instance, deadlineMs: number): Promise<boolean> {
  if (!instance.alive) return false;
  try {
    const answer = await instance.client.global.health({ signal: AbortSignal.timeout(deadlineMs) });
    return answer.data?.healthy === true;
  } catch {
    return false;
  }
}
