import { catalogueSearchKeys, listCatalogue, parseSearch } from "@drover/contracts";
import { answering } from "../../routing/route.ts";

export const listCatalogueRoute = answering(listCatalogue)(async (services, { query }) => {
  const found = await services.catalogue.search(parseSearch(query.q, catalogueSearchKeys));
  return { status: 200, body: { entries: found.slice(0, query.limit), count: found.length } };
});
