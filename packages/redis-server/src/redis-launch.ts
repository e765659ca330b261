/** How a Redis of our own is started: its configuration file and the command, for a program and for a container. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getgid, getuid } from "node:process";
import type { Launch } from "@drover/processes";
import type { OwnRedisSource } from "./redis-source.ts";

export interface RedisSetup {
  readonly source: OwnRedisSource;
  /** An absolute path; the data, the configuration and the log live there. */
  readonly directory: string;
  readonly port: number;
  readonly password: string;
  /** Whether each write is on disk before it is acknowledged. */
  readonly appendOnly: boolean;
  /** Further lines of the configuration file. */
  readonly directives: readonly string[];
}

const portInContainer = 6379;
const folderInContainer = "/data";

/**
 * Runs the server until stdin closes, which the end of the `docker` command brings about, however it ended: so a killed
 * command leaves no container.
 */
const containerScript = `
exec 3<&0
redis-server ${folderInContainer}/redis.conf </dev/null &
server=$!
{ cat <&3 >/dev/null; kill -KILL "$server"; } &
trap 'kill -TERM "$server"' TERM INT
wait "$server"
wait "$server"
`;

/** Writes the configuration file and returns what to launch. The password is only in that file, never in an argument. */
export async function prepareRedis(setup: RedisSetup): Promise<Launch> {
  const inContainer = setup.source.kind === "container";
  const file = join(setup.directory, "redis.conf");
  await writeFile(file, configuration(setup, inContainer), { mode: 0o600 });
  await chmod(file, 0o600);
  const common = { cwd: setup.directory, logFile: join(setup.directory, "redis.log") };
  if (setup.source.kind === "binary") {
    return { ...common, command: setup.source.path, args: ["redis.conf"], environment: {} };
  }
  return {
    ...common,
    command: setup.source.docker,
    args: containerArguments(setup, setup.source.image),
    environment: setup.source.environment,
    holdStdin: true,
  };
}

function configuration(setup: RedisSetup, inContainer: boolean): string {
  return [
    `bind ${inContainer ? "0.0.0.0" : "127.0.0.1"}`,
    `port ${inContainer ? portInContainer : setup.port}`,
    `dir "${inContainer ? folderInContainer : setup.directory}"`,
    ...(inContainer ? [] : [`pidfile "${join(setup.directory, "redis.pid")}"`]),
    `requirepass ${setup.password}`,
    `appendonly ${setup.appendOnly ? "yes" : "no"}`,
    "appendfsync always",
    'save ""',
    "maxmemory-policy noeviction",
    // Each task has a stream of a few events; by default the first of them takes 4 KB.
    "stream-node-max-bytes 1024",
    "daemonize no",
    ...setup.directives,
    "",
  ].join("\n");
}

function containerArguments(setup: RedisSetup, image: string): string[] {
  const user = getuid === undefined || getgid === undefined ? [] : ["--user", `${getuid()}:${getgid()}`];
  return [
    ...["run", "--rm", "--interactive", "--pull", "never", ...user],
    ...["--publish", `127.0.0.1:${setup.port}:${portInContainer}`],
    ...["--volume", `${setup.directory}:${folderInContainer}`],
    ...["--entrypoint", "sh", image, "-c", containerScript],
  ];
}
