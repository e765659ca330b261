/**
 * Environment → typed config, once, at start.
 *
 * Every fault is reported together, by the name of its variable, so that a deployment is mended in one go. Values never
 * appear in the message: a faulty variable may well hold a secret.
 */
import type { z } from "zod";

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses `environment` by `schema`. An empty string counts as absent, as compose files and Kubernetes write it.
 * @throws ConfigError naming every faulty variable
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
): z.infer<Schema> {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `  ${issue.path.join(".") || "(config)"}: ${issue.message}`,
  );
  throw new ConfigError(`The configuration is not valid:\n${faults.join("\n")}`);
}
