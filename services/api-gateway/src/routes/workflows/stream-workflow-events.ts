import { streamWorkflowEvents } from "@drover/contracts";
import { defineStreamRoute } from "../../streams/stream-route.ts";
import { findRun } from "./find-workflow.ts";

export const streamWorkflowEventsRoute = defineStreamRoute(
  streamWorkflowEvents,
  async (services, principal, params) => {
    const run = await findRun(services, principal, "workflow:read", params.workflow_id);
    return {
      shard: services.store.keyspace.shardOf(run.organizationId),
      subject: { kind: "workflow", id: run.id },
    };
  },
);
