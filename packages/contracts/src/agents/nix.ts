/** The `nix` agent: named in the registry; no worker of this version serves it. */
import { z } from "zod";
import type { AgentDescriptor } from "./agent-descriptor.ts";

export const nix = {
  name: "nix",
  version: "0.0.0",
  description: "Builds and checks Nix flakes.",
  supports: ["nix"],
  actions: {
    build: { description: "Build a flake's output.", payload: z.strictObject({ flake: z.string().min(1) }) },
  },
  workspace: "optional",
  defaults: { maxAttempts: 2, timeoutSeconds: 3600 },
  notServed: "This version of Drover has no Nix worker.",
} as const satisfies AgentDescriptor;
