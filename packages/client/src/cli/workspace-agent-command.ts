/** `drover workspace-agent`: runs beside or inside a workspace and lets Drover work in it. */
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { workspaceId } from "@drover/contracts";
import {
  AdoptedServer,
  type OpenCodeServer,
  OpenCodeUnavailable,
  Refused,
  runWorkspaceAgent,
  StartedServer,
  Superseded,
} from "@drover/workspace-agent";
import { type Command, Option } from "commander";
import { contextOf, type Terminal } from "./command-context.ts";
import { CommandFailure, exitCode } from "./exit-code.ts";
import { workspaceControlPlane } from "./workspace-control-plane.ts";

interface AgentOptions {
  readonly workspace: string;
  readonly directory?: string;
  readonly opencode?: string;
  readonly adopt?: string;
  readonly reachableAt?: string;
  readonly privateState?: boolean;
  readonly stateDir?: string;
  readonly forget?: boolean;
}

export function addWorkspaceAgentCommand(drover: Command, terminal: Terminal): void {
  drover
    .command("workspace-agent")
    .description("Let Drover work in this workspace, also where it cannot be reached from outside.")
    .requiredOption("-w, --workspace <name>", "the workspace")
    .option("--directory <path>", "its folder; default: the present one")
    .option("--opencode <path>", "the opencode to start; default: the one on PATH")
    .addOption(
      new Option(
        "--adopt <address>",
        "use an OpenCode that runs already, e.g. http://127.0.0.1:4096",
      ).conflicts(["opencode", "privateState"]),
    )
    .addOption(new Option("--dial-out", "connect to Drover from here (this is the default)"))
    .addOption(
      new Option("--reachable-at <address>", "where Drover reaches the adopted OpenCode").conflicts(
        "dialOut",
      ),
    )
    .option("--private-state", "give OpenCode settings and sessions of its own instead of yours")
    .option("--state-dir <path>", "for its log and private state; default: within ~/.local/state/drover")
    .option("--forget", "take the registration away at the end; otherwise tasks wait until an agent is back")
    .addHelpText("after", "\nOPENCODE_SERVER_PASSWORD is the password of the adopted OpenCode.")
    .action((options: AgentOptions, command: Command) => run(options, command, terminal));
}

async function run(options: AgentOptions, command: Command, terminal: Terminal): Promise<void> {
  const { client, organization } = contextOf(command, terminal);
  const { environment, say, signal } = terminal;
  const name = workspaceId.safeParse(options.workspace);
  if (!name.success)
    throw new CommandFailure(`--workspace ${name.error.issues[0]?.message ?? "is no name"}.`);
  if (options.reachableAt !== undefined && options.adopt === undefined)
    throw new CommandFailure(
      "--reachable-at needs --adopt: an OpenCode that the agent starts listens only here.",
    );
  const directory = await realpath(resolve(options.directory ?? ".")).catch(() => {
    throw new CommandFailure(`There is no folder ${options.directory}.`);
  });
  const password = environment["OPENCODE_SERVER_PASSWORD"] || null;
  try {
    await using server = await openServer(options, name.data, directory, password, terminal);
    await runWorkspaceAgent({
      offer: {
        workspaceId: name.data,
        url: options.reachableAt ?? null,
        password: options.reachableAt === undefined ? null : password,
        directory,
      },
      server,
      controlPlane: workspaceControlPlane(client, environment["DROVER_TOKEN"] ?? "", organization, terminal),
      say,
      signal,
      forgetAtEnd: options.forget ?? false,
    });
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof OpenCodeUnavailable) throw new CommandFailure(error.message);
    if (error instanceof Refused || error instanceof Superseded)
      throw new CommandFailure(error.message, exitCode.failed);
    throw error;
  }
}

async function openServer(
  options: AgentOptions,
  workspace: string,
  directory: string,
  password: string | null,
  { environment, say, signal }: Terminal,
): Promise<OpenCodeServer> {
  if (options.adopt !== undefined) return await AdoptedServer.adopt(options.adopt, password);
  const states = environment["XDG_STATE_HOME"] || join(environment["HOME"] || homedir(), ".local", "state");
  return await StartedServer.start(
    {
      binary: options.opencode ?? "opencode",
      directory,
      environment,
      stateDirectory: resolve(options.stateDir ?? join(states, "drover", "workspace-agent", workspace)),
      privateState: options.privateState ?? false,
      say,
    },
    signal,
  );
}
