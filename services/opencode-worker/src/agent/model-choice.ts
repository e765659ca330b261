/** Which model a task is given to: of this worker's endpoint, or of a remote instance's own providers. */
import type { Instance as Registration } from "@drover/contracts";
import { PermanentFailure } from "@drover/errors";
import { providerId } from "../instance/instance-config.ts";

export interface ModelChoice {
  /** As it is shown; null: the instance's default, whatever that is. */
  readonly name: string | null;
  readonly chosen: { readonly providerID: string; readonly modelID: string } | null;
}

export interface KnownModels {
  readonly defaultModel: string;
  readonly models: ReadonlySet<string>;
}

/** @throws PermanentFailure `model_rejected` with what there is */
export function chooseModel(
  asked: string | undefined,
  registration: Registration | null,
  known: KnownModels,
): ModelChoice {
  if (registration?.runtime === "remote") return ofInstance(asked);
  const name = asked?.replace(new RegExp(`^${providerId}/`), "") ?? known.defaultModel;
  if (known.models.has(name)) return { name, chosen: { providerID: providerId, modelID: name } };
  const names = [...known.models].join(", ");
  throw new PermanentFailure("model_rejected", `There is no model "${name}" here; there is ${names}.`);
}

/** Whether the instance has it shows when it is used. */
function ofInstance(asked: string | undefined): ModelChoice {
  if (asked === undefined) return { name: null, chosen: null };
  const { providerID, modelID } = /^(?<providerID>[^/]+)\/(?<modelID>.+)$/.exec(asked)?.groups ?? {};
  if (providerID !== undefined && modelID !== undefined)
    return { name: asked, chosen: { providerID, modelID } };
  throw new PermanentFailure(
    "model_rejected",
    `This workspace's own OpenCode has its own models: name one as provider/model, or leave "${asked}" out.`,
  );
}
