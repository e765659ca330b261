/** An OpenCode instance. */
import { z } from "zod";
import { idSchema } from "./ids.ts";
import { labels, organizationId, timestamp, workspaceId } from "./names.ts";

export const instanceRuntime = z.enum(["remote", "process", "docker"]);

export const instanceRegistration = z
  .strictObject({
    workspace_id: workspaceId,
    organization_id: organizationId.optional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional(),
    password: z.string().min(1).max(1024).optional(),
    directory: z.string().startsWith("/").max(4096).optional(),
    runtime: instanceRuntime,
    trusted: z.boolean().optional(),
    capabilities: z.array(z.string().max(128)).max(64).optional(),
    labels: labels.optional(),
  })
  // A remote one without a url dials out. Its password stays where it is.
  .refine((body) => body.password === undefined || body.runtime !== "remote" || body.url !== undefined, {
    path: ["password"],
    message: "belongs to a url; an instance that dials out keeps its own",
  });
export type InstanceRegistration = z.infer<typeof instanceRegistration>;

export const instance = z.object({
  id: idSchema("instance"),
  workspace_id: z.string(),
  organization_id: z.string(),
  runtime: instanceRuntime,
  url: z.string().nullable(),
  directory: z.string().nullable(),
  version: z.string().nullable(),
  status: z.enum(["ready", "unreachable", "starting"]),
  trusted: z.boolean(),
  plugins: z.array(z.string()),
  labels,
  heartbeat_seconds: z.number().int(),
  /** When a remote one counts as unreachable unless it is heard of; when any other is forgotten unless it is used. */
  expires_at: timestamp,
});
export type Instance = z.infer<typeof instance>;
