/** The small shared shapes of names and times in the wire contract. */
import { z } from "zod";

/** RFC 3339 in UTC, as `Date.prototype.toISOString` writes it. */
export const timestamp = z.iso.datetime();

/** Organization and workspace names: they become folder names and parts of Redis keys, so no slash, colon or brace. */
const nameText = "letters, digits, dot, dash and underscore, starting with a letter or digit, at most 64";
const name = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/, `must be ${nameText}`);

export const organizationId = name.describe("Organization.");
export const workspaceId = name.describe("Workspace.");

/** Labels: up to 32 short pairs. */
export const labels = z
  .record(z.string().min(1).max(64), z.string().max(256))
  .refine((value) => Object.keys(value).length <= 32, "must have at most 32 entries");

/** The name of a secret that a task asks for. */
export const secretName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "must be a name like API_TOKEN");
