/** What the store keeps of a template and of each version, parsed as it leaves Redis. */
import type { TemplateSummary, TemplateVersion } from "@drover/contracts";
import { json } from "@drover/queue";
import { z } from "zod";

/** Lua has no null: an empty text stands for none. */
const optionalText = z.string().transform((text) => (text === "" ? null : text));

export const templateRow = json(
  z.object({
    id: z.string(),
    name: z.string(),
    description: optionalText,
    current: z.number().int(),
    latest: z.number().int(),
    created_by: z.string(),
    created_at: z.string(),
    updated_by: z.string(),
    updated_at: z.string(),
  }),
);
export type TemplateRow = z.infer<typeof templateRow>;

export const versionRow = json(
  z.object({
    version: z.number().int(),
    description: optionalText,
    created_by: z.string(),
    created_at: z.string(),
    size_bytes: z.number().int(),
  }),
);

export function toTemplateSummary(row: TemplateRow, organizationId: string): TemplateSummary {
  const { current, latest, ...shown } = row;
  return { ...shown, organization_id: organizationId, version: current, latest_version: latest };
}

export function toTemplateVersion(row: z.infer<typeof versionRow>, current: number): TemplateVersion {
  return { ...row, current: row.version === current };
}
