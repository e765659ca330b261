/** Writes `openapi.json` at the root of the repository from the operations. A contract test says when that is due. */
import { writeFile } from "node:fs/promises";
import { openApiDocument } from "../packages/contracts/src/index.ts";

const path = new URL("../openapi.json", import.meta.url);
await writeFile(path, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
console.log("Wrote openapi.json.");
