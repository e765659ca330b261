/** A file that was named on the command line. */
import { readFile } from "node:fs/promises";
import { CommandFailure } from "./exit-code.ts";

/** @throws CommandFailure naming the file when it cannot be read */
export async function readTextFile(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw new CommandFailure(`${path}: ${error instanceof Error ? error.message : "cannot be read"}`);
  });
}
