/** Why a task waits although workers are free: the circuit of its agent is open for the whole fleet. */
import type { WhyReason } from "@drover/contracts";
import type { Services } from "../services.ts";

export async function circuitReasons(
  { circuits }: Pick<Services, "circuits">,
  agent: string,
): Promise<WhyReason[]> {
  const { state, until, reason } = await circuits.show(agent);
  if (state === "closed") return [];
  const because = reason === null ? "" : ` The last failure was ${reason}`;
  const message =
    state === "open"
      ? `The circuit of ${agent} is open: no worker takes its tasks.${because}`
      : `The circuit of ${agent} is half open: one worker tries, one task at a time.${because}`;
  // A time that has passed says nothing: from then on it is tried.
  const ahead = until !== null && Date.parse(until) > Date.now() ? { until } : {};
  return [{ code: "circuit_open", message, ref: agent, ...ahead }];
}
