import { narrowScopes, visibleScopes } from "@drover/access";
import { getUsage, parseSearch, usageSearchKeys } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { z } from "zod";
import { answering } from "../../routing/route.ts";

const daysDefault = 30;
const dayMs = 24 * 3_600_000;

export const getUsageRoute = answering(getUsage)(async ({ usages }, { query, principal }) => {
  const search = parseSearch(query.q, usageSearchKeys);
  const now = new Date();
  const to = dayOf("date_to", search.date_to) ?? now.toISOString().slice(0, 10);
  const from =
    dayOf("date_from", search.date_from) ??
    new Date(Date.parse(to) - (daysDefault - 1) * dayMs).toISOString().slice(0, 10);
  const { organization, workspace, agent } = search;
  const scopes = narrowScopes(visibleScopes(principal, "usage:read"), { organization, workspace }).map(
    ({ organizations, workspaceId }) => ({
      visible: organizations,
      ...(workspaceId === null ? {} : { workspace: workspaceId }),
      agent,
    }),
  );
  const { rows, total } = await usages.report({ scopes, from, to, groupBy: query.group_by });
  const body = {
    usage: rows,
    count: rows.length,
    total,
    date_from: from,
    date_to: to,
    as_of: now.toISOString(),
  };
  return { status: 200, body };
});

/** @throws DroverError validation_failed */
function dayOf(key: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const day = z.iso.date().safeParse(text);
  if (day.success) return day.data;
  const detail = `${key} must be a day like 2026-11-22`;
  throw new DroverError("validation_failed", { validations: [{ field: "q", detail }] });
}
