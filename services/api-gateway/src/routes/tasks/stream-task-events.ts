import { streamTaskEvents } from "@drover/contracts";
import { defineStreamRoute } from "../../streams/stream-route.ts";
import { findTask } from "./find-task.ts";

export const streamTaskEventsRoute = defineStreamRoute(
  streamTaskEvents,
  async (services, principal, params) => {
    const task = await findTask(services, principal, "task:read", params.task_id);
    return {
      shard: services.store.keyspace.shardOf(task.organization_id),
      subject: { kind: "task", id: task.id },
    };
  },
);
