/**
 * Ends what an earlier worker of the same name left, should its guardian have died with it: two servers on one state
 * folder would work on the same sessions.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "@drover/observability";
import { z } from "zod";
import { ownerMarker } from "./instance-environment.ts";
import { reapMarked } from "./marked-processes.ts";

const ownerRecord = z.object({ owner_id: z.uuid(), pid: z.number().int().positive() });

/** @param workerFolder the state of the worker, which no other live worker uses */
export async function takeOwnership(workerFolder: string, ownerId: string, logger: Logger): Promise<void> {
  const file = join(workerFolder, ".owner.json");
  const earlier = await readOwner(file);
  if (earlier !== null && earlier.pid !== process.pid && !isAlive(earlier.pid)) {
    const left = await reapMarked(ownerMarker, earlier.owner_id);
    if (left > 0) logger.error({ left }, "processes of an earlier worker could not be ended");
  }
  await writeFile(file, JSON.stringify({ owner_id: ownerId, pid: process.pid }));
}

async function readOwner(file: string): Promise<z.infer<typeof ownerRecord> | null> {
  try {
    return ownerRecord.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null; // the first worker of this name
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
