/** Looks for a Docker engine on this machine that can run Redis in a container. */
import { runCommand } from "@drover/processes";
import type { Environment, OwnRedisSource, Say } from "./redis-source.ts";

const redisImage = "redis:8-trixie";
const engineDeadlineMs = 3_000;
const pullDeadlineMs = 180_000;

/** Null when no engine answers quickly, when it is on another machine, or when the image cannot be had. */
export async function findRedisImage(environment: Environment, say: Say): Promise<OwnRedisSource | null> {
  const engine = environment["DOCKER_HOST"];
  if (engine !== undefined && engine !== "" && !engine.startsWith("unix://")) return null;
  const docker = "docker";
  const info = await runCommand(docker, ["info", "--format", "{{.ServerVersion}}"], engineDeadlineMs);
  if (!info.ok || info.stdout.trim() === "") return null;
  const present = await runCommand(docker, ["image", "inspect", redisImage], engineDeadlineMs);
  if (!present.ok) {
    say(`Fetching the image ${redisImage} with Docker`);
    const pulled = await runCommand(docker, ["pull", "--quiet", redisImage], pullDeadlineMs);
    if (!pulled.ok) {
      say(`Docker cannot fetch ${redisImage}; looking further`);
      return null;
    }
  }
  return { kind: "container", docker, image: redisImage, environment: dockerEnvironment(environment) };
}

function dockerEnvironment(environment: Environment): Record<string, string> {
  const names = ["PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
