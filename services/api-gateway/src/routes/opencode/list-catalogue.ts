import { listCatalogue } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const listCatalogueRoute = answering(listCatalogue)(async (services, { query }) => {
  const found = await services.catalogue.search(query.q ?? "");
  return { status: 200, body: { entries: found.slice(0, query.limit), count: found.length } };
});
