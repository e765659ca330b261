import { getWorkflow } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { findRun, waitForRun } from "./find-workflow.ts";

export const getWorkflowRoute = answering(getWorkflow)(
  async (services, { params, query, principal, signal }) => {
    const run = await findRun(services, principal, "workflow:read", params.workflow_id);
    const workflow = await waitForRun(services, run, query.wait, signal);
    if (workflow === null) throw new DroverError("not_found");
    return { status: 200, body: workflow };
  },
);
