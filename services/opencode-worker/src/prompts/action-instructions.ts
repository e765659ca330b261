/** What each action asks of the agent, in words. */
import type { OpenCodeAction } from "@drover/contracts";

/** `prompt` has none: it is given to the agent as it stands. */
type InstructedAction = Exclude<OpenCodeAction, "prompt">;

export const actionInstructions: Readonly<Record<InstructedAction, string>> = {
  generate_code: [
    "Write the code that the request above describes, in this workspace.",
    "Look first at what is there and follow its structure, names and style. Write complete, working files, handle errors",
    "and bad input, and check that the result builds or at least parses where a tool for that is at hand.",
  ].join("\n"),
  generate_api: [
    "Write the HTTP API that the request above describes, in this workspace.",
    "Give it clear routes, validation of input, honest status codes and a health endpoint. Add what is needed to build and",
    "deploy it: a Dockerfile, and Kubernetes manifests (a Deployment with probes and a Service) as YAML in the folder k8s.",
  ].join("\n"),
  generate_ui: [
    "Write the user interface that the request above describes, in this workspace.",
    "Look first at the API and the data that the workspace holds and use them as they are. Handle loading, emptiness and",
    "errors, and keep it usable by keyboard and on a small screen. Add what is needed to build and serve it.",
  ].join("\n"),
  edit: [
    "Change the files of this workspace as the request above says.",
    "Change what is asked for and nothing else; keep the style of each file.",
  ].join("\n"),
  refactor: [
    "Restructure the code that the request above names, without changing what it does.",
    "Keep its public interface unless the request says otherwise, and run the tests, where there are any, before and after.",
  ].join("\n"),
  fix: [
    "Find and mend the fault that the request above describes.",
    "Find its cause first, mend that rather than the symptom, and add a test that fails without the change where the",
    "workspace has tests.",
  ].join("\n"),
  explain: [
    "Explain the code that the request above names: what it does, how its parts work together, and what is surprising.",
    "Refer to files by path. Change no file.",
  ].join("\n"),
  review: [
    "Review the code that the request above names.",
    "List what is wrong or risky, worst first, each with file, line, reason and a proposal. Say so if there is nothing.",
    "Change no file.",
  ].join("\n"),
  test: [
    "Write or mend tests for what the request above names.",
    "Use the test tools of the workspace, cover the failures as well as the normal course, and run the tests if that is",
    "possible here.",
  ].join("\n"),
};

/** Those that must leave the workspace as it is. */
export const readOnlyActions: ReadonlySet<OpenCodeAction> = new Set(["explain", "review"]);
