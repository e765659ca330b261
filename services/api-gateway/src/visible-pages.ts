/** A list of what a caller may see, put together from the lists of each part of it. */
import { narrowScopes, type Principal, visibleScopes } from "@drover/access";
import type { Permission } from "@drover/contracts";
import type { Page, PageRequest } from "@drover/queue";

interface Search {
  readonly organization?: string | undefined;
  readonly workspace?: string | undefined;
}

/** One part of what is visible, as a search. */
export interface VisiblePart<Terms extends Search> {
  readonly visible: PageRequest["visible"];
  readonly search: Terms;
}

/** What a search comes to for this caller: parts that do not overlap; none when nothing is visible. */
export function visibleParts<Terms extends Search>(
  principal: Principal,
  permission: Permission,
  search: Terms,
): VisiblePart<Terms>[] {
  return narrowScopes(visibleScopes(principal, permission), search).map((scope) => ({
    visible: scope.organizations,
    search: scope.workspaceId === null ? search : { ...search, workspace: scope.workspaceId },
  }));
}

/** Pages of several parts → one page: newest first, which ids sort by. */
export async function mergedPage<Terms extends Search, Item extends { readonly id: string }>(
  parts: readonly VisiblePart<Terms>[],
  query: { readonly limit: number; readonly after_id?: string | undefined },
  list: (request: PageRequest & { search: Terms }) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const pages = await Promise.all(
    parts.map((part) => list({ ...part, limit: query.limit, afterId: query.after_id })),
  );
  const items = pages.flatMap((page) => page.items).sort((left, right) => (left.id < right.id ? 1 : -1));
  return { items: items.slice(0, query.limit), count: pages.reduce((sum, page) => sum + page.count, 0) };
}
