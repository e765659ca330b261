/** The rules of the `rules` planner: which topic becomes which step, and which steps it waits for. */
import type { OpenCodeAction } from "@drover/contracts";
import type { Topic } from "./goal-topics.ts";

interface RuleBase {
  readonly stepId: string;
  readonly topic: Topic;
  /** Ids of steps that must be done before, where the plan has them. */
  readonly after: readonly string[];
}

/** Code work, told in words. */
interface PromptedRule extends RuleBase {
  readonly kind: "opencode";
  readonly action: OpenCodeAction;
  readonly part: string;
  /** Only where no step before it writes manifests of its own. */
  readonly unlessManifests?: boolean;
}

interface ImageRule extends RuleBase {
  readonly kind: "image";
}

/** Applies the manifests that the steps before it left. */
interface DeployRule extends RuleBase {
  readonly kind: "deploy";
}

export type PlanningRule = PromptedRule | ImageRule | DeployRule;

const changes = ["fix", "refactor", "backend", "frontend", "code"];
const proofs = ["tests", "review"];

/** In the order of the plan: a rule waits only for those above it. */
export const planningRules: readonly PlanningRule[] = [
  {
    kind: "opencode",
    stepId: "fix",
    topic: "fix",
    action: "fix",
    part: "Find the cause of the fault that the goal describes, and mend it.",
    after: [],
  },
  {
    kind: "opencode",
    stepId: "refactor",
    topic: "refactor",
    action: "refactor",
    part: "Restructure the code that the goal names, without changing what it does.",
    after: ["fix"],
  },
  {
    kind: "opencode",
    stepId: "backend",
    topic: "backend",
    action: "generate_api",
    part: "Write the backend: an HTTP API with a health endpoint, its Dockerfile, and its Kubernetes manifests in k8s.",
    after: ["fix", "refactor"],
  },
  {
    kind: "opencode",
    stepId: "frontend",
    topic: "frontend",
    action: "generate_ui",
    part: "Write the user interface, on the API that the workspace holds.",
    after: ["fix", "refactor", "backend"],
  },
  {
    kind: "opencode",
    stepId: "code",
    topic: "code",
    action: "generate_code",
    part: "Write the code that the goal describes.",
    after: ["fix", "refactor"],
  },
  {
    kind: "opencode",
    stepId: "tests",
    topic: "test",
    action: "test",
    part: "Write tests for what the goal describes, and run them where that is possible.",
    after: changes,
  },
  {
    kind: "opencode",
    stepId: "review",
    topic: "review",
    action: "review",
    part: "Review the code that the goal is about, and list what is wrong or risky.",
    after: [...changes, "tests"],
  },
  {
    kind: "opencode",
    stepId: "explain",
    topic: "explain",
    action: "explain",
    part: "Explain what the goal asks about.",
    after: changes,
  },
  { kind: "image", stepId: "image", topic: "image", after: [...changes, ...proofs] },
  {
    kind: "opencode",
    stepId: "manifests",
    topic: "deploy",
    action: "prompt",
    part: "Write Kubernetes manifests (YAML, in the folder k8s) that deploy what this workspace holds.",
    after: [...changes, "image"],
    unlessManifests: true,
  },
  {
    kind: "deploy",
    stepId: "deploy",
    topic: "deploy",
    after: [...changes, ...proofs, "image", "manifests"],
  },
];
