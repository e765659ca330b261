/** Where the Docker engine is: the settings that say so, as Docker's own tools name them, and the options they come to. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { z } from "zod";

export interface EngineAddress {
  /** `unix://…`, `npipe://…`, `tcp://host:port`, `http://…` or `https://…`. */
  readonly host: string;
  /** Holds ca.pem, cert.pem and key.pem. */
  readonly certPath: string | undefined;
}

/** Fields of a service's settings. */
export const dockerSettings = {
  /** The engine's address; a TLS engine is reached as `https://` with DOCKER_CERT_PATH. */
  DOCKER_HOST: z
    .string()
    .regex(
      /^(?:unix|tcp|http|https|npipe):\/\/./,
      "must be like unix:///var/run/docker.sock or tcp://host:2375",
    )
    .default("unix:///var/run/docker.sock"),
  /** Holds ca.pem, cert.pem and key.pem for an engine behind TLS. */
  DOCKER_CERT_PATH: z.string().min(1).optional(),
};

/** Every field is given, because the client fills what is absent from the environment of the process. */
export function connectionOptions({ host, certPath }: EngineAddress): Docker.DockerOptions {
  const [scheme = "", rest = ""] = host.split("://", 2);
  if (scheme === "unix" || scheme === "npipe") {
    return { socketPath: rest, host: undefined, port: undefined, protocol: "http" };
  }
  const url = new URL(`http://${rest}`);
  const secure = scheme === "https" || certPath !== undefined;
  const pem = (name: string) => (certPath === undefined ? undefined : readFileSync(join(certPath, name)));
  return {
    socketPath: undefined,
    host: url.hostname,
    port: url.port || (secure ? "2376" : "2375"),
    protocol: secure ? "https" : "http",
    ca: pem("ca.pem"),
    cert: pem("cert.pem"),
    key: pem("key.pem"),
  };
}
