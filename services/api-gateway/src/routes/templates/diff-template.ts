import { diffTemplate } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { compareTemplates, templatePatch } from "@drover/workflow";
import { answering } from "../../routing/route.ts";
import { findTemplate } from "./find-template.ts";

export const diffTemplateRoute = answering(diffTemplate)(async (services, { principal, ...request }) => {
  const current = await findTemplate(services, principal, "template:read", request);
  const { name, organization_id: organizationId } = current;
  const version = async (field: "from" | "to", wanted: number) => {
    const found = await services.templates.find(organizationId, name, wanted);
    if (found !== null) return found;
    const detail = `${name} has no version ${wanted}`;
    throw new DroverError("validation_failed", { validations: [{ field, detail }] });
  };
  const before = await version("from", request.query.from);
  const after = await version("to", request.query.to ?? current.version);
  const labelled = ({ version: number, definition }: typeof before) => ({
    label: `${name}@${number}`,
    definition,
  });
  return {
    status: 200,
    body: {
      name,
      from: before.version,
      to: after.version,
      changes: compareTemplates(before.definition, after.definition),
      text: templatePatch(labelled(before), labelled(after)),
    },
  };
});
