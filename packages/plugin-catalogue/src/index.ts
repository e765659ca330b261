export { Catalogue, type CatalogueOptions } from "./catalogue.ts";
export { parseCatalogueKeys } from "./catalogue-keys.ts";
export { shippedFolder, shippedKey } from "./shipped-catalogue.ts";
