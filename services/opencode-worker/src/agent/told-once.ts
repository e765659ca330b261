/** A context that tells when the agent first does or says something. */
import type { AgentContext } from "@drover/agent-kit";

/** @param begun called with each sign; it must count once */
export function toldOnce(context: AgentContext, begun: () => void): AgentContext {
  return {
    ...context,
    progress: (data) => {
      begun();
      context.progress(data);
    },
    output: (data) => {
      begun();
      context.output(data);
    },
  };
}
