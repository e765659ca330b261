import { heartbeatInstance } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { findInstance } from "./find-instance.ts";

export const heartbeatInstanceRoute = answering(heartbeatInstance)(
  async (services, { params, principal }) => {
    const { id } = await findInstance(services, principal, "instance:update", params.instance_id);
    const instance = await services.instances.heartbeat(id);
    if (instance === null) throw new DroverError("not_found");
    return { status: 200, body: instance };
  },
);
