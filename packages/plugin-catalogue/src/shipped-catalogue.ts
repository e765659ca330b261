/** The catalogue that comes with Drover, and the public half of the key that it is signed with. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const shippedFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), "catalogue");

/** For DROVER_CATALOGUE_KEYS; the private half is not in the repository. */
export const shippedKey = "drover-2026:f/6iY+ooh8rNaJTcTSqlQ5AlWw/qYh2/xqRalJ/Gvd0=";
