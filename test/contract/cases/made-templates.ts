/** Templates that cases make for themselves. */
import { uniqueName, type World } from "../world.ts";

const inputs = {
  type: "object",
  required: ["who"],
  properties: { who: { type: "string" }, times: { type: "integer", default: 1 } },
};
export const step = { id: "say", agent: "diagnostics", task: "echo", parameters: { value: "hello" } };

export const templateBody = (more: Record<string, unknown> = {}) => ({
  name: uniqueName("greet"),
  description: "Says hello.",
  inputs,
  steps: [step],
  ...more,
});

/** A template of two versions; answers its name. */
export async function twoVersions(world: World): Promise<string> {
  const body = templateBody();
  await world.call("createTemplate", { body });
  const steps = [
    { ...step, parameters: { value: "good day" } },
    { ...step, id: "wave" },
  ];
  await world.call("createTemplate", { body: { ...body, steps } });
  return body.name;
}
