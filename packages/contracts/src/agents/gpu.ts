/** The `gpu` agent: named in the registry; no worker of this version serves it. */
import { z } from "zod";
import type { AgentDescriptor } from "./agent-descriptor.ts";
import { imageReference } from "./docker.ts";

export const gpu = {
  name: "gpu",
  version: "0.0.0",
  description: "Runs jobs on GPUs.",
  supports: ["gpu"],
  actions: {
    run: { description: "Run an image on a GPU.", payload: z.strictObject({ image: imageReference }) },
  },
  workspace: "optional",
  defaults: { maxAttempts: 2, timeoutSeconds: 3600 },
  notServed: "This version of Drover has no GPU worker.",
} as const satisfies AgentDescriptor;
