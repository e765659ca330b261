/** What a task waits for while no worker holds it, as it stands on the task's row. */
import { timestamp } from "@drover/contracts";
import { z } from "zod";

/** `redo`: how often the task had been opened again when it began to wait; what an earlier life waited for is over. */
const redo = z.number().int();

export const waitsFor = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("approval"), id: z.string(), until: timestamp, redo }),
  z.object({ kind: z.literal("time"), until: timestamp, redo }),
  z.object({ kind: z.literal("workflow"), id: z.string(), redo }),
]);
export type WaitsFor = z.infer<typeof waitsFor>;
