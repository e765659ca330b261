/** What every command works with: the API, the terminal, and what the command line says for all commands. */
import type { Agent } from "node:http";
import { organizationId } from "@drover/contracts";
import type { Command } from "commander";
import { z } from "zod";
import { DroverClient } from "../drover-client.ts";
import { CommandFailure } from "./exit-code.ts";

export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An answer, on stdout. */
  print(text: string): void;
  /** A line about what is being done, on stderr. */
  say(line: string): void;
  /** Aborted when the person wants to leave. */
  readonly signal: AbortSignal;
  /** What connects to an address that lies behind a proxy; undefined: none does. */
  proxyAgentFor(url: URL): Agent | undefined;
}

export interface CommandContext {
  readonly client: DroverClient;
  readonly terminal: Terminal;
  /** Whether answers are JSON as the API gave it. */
  readonly json: boolean;
  /** For bodies and queries; empty where none was named. */
  readonly organization: { readonly organization_id?: string };
  /** An answer: the data for a machine, or the text for a person. */
  show(data: unknown, text: string): void;
}

const defaultUrl = "http://127.0.0.1:8080";
const globalOptions = z.object({
  url: z.string().optional(),
  organization: organizationId.optional(),
  json: z.boolean().default(false),
});

/** @throws CommandFailure when no key was given or the address is none */
export function contextOf(command: Command, terminal: Terminal): CommandContext {
  const parsed = globalOptions.safeParse(command.optsWithGlobals());
  if (!parsed.success) throw new CommandFailure("--organization must be the name of an organization.");
  const { url = terminal.environment["DROVER_URL"] ?? defaultUrl, organization, json } = parsed.data;
  if (!URL.canParse(url)) throw new CommandFailure(`"${url}" is not an address: set DROVER_URL or --url.`);
  const key = terminal.environment["DROVER_TOKEN"] ?? "";
  if (key === "") throw new CommandFailure("Set DROVER_TOKEN to a key of the API (drv_…).");
  return {
    client: new DroverClient({ baseUrl: url, key }),
    terminal,
    json,
    organization: organization === undefined ? {} : { organization_id: organization },
    show: (data, text) => terminal.print(json ? JSON.stringify(data, null, 2) : text),
  };
}
