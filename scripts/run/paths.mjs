/** Where things are, whatever folder the command was typed in. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The path of an installed tool. */
export const tool = (name) => join(root, "node_modules", ".bin", name);

/** Runs TypeScript from source: our packages export it under this condition. */
export const fromSource = ["--conditions=@drover/source", "--import", "tsx"];
