/** The example of the integration strategy, as it stands there: two steps of OpenCode, then Kubernetes. */
import type { WorkflowDefinition } from "@drover/contracts";

export const exampleWorkflow: WorkflowDefinition = {
  name: "Full Stack Feature",
  steps: [
    {
      id: "backend",
      agent: "opencode",
      task: "generate_api",
    },
    {
      id: "frontend",
      agent: "opencode",
      task: "generate_ui",
      depends_on: ["backend"],
    },
    {
      id: "deploy",
      agent: "kubernetes",
      task: "apply_manifest",
      depends_on: ["backend", "frontend"],
    },
  ],
};
