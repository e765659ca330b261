/** The Docker engine: its address, and calls with a deadline whose errors are failures of the task. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { withDeadline } from "../agent/abort.ts";
import { dockerFailure } from "./docker-failure.ts";

export interface EngineAddress {
  /** `unix://…`, `npipe://…`, `tcp://host:port`, `http://…` or `https://…`. */
  readonly host: string;
  /** Holds ca.pem, cert.pem and key.pem. */
  readonly certPath: string | undefined;
}

/** How long the engine may take for a call that does no long work, in milliseconds. */
const callDeadlineMs = 30_000;

export class Engine {
  readonly docker: Docker;

  constructor(address: EngineAddress) {
    this.docker = new Docker(connection(address));
  }

  /**
   * The answer of `work`, which passes its signal on to the engine.
   * @param doing what it does, as in "The engine could not start the container"
   * @throws the signal's reason when it aborts, else a failure of the task
   */
  async call<T>(
    doing: string,
    signal: AbortSignal,
    work: (abortSignal: AbortSignal) => Promise<T>,
    deadlineMs = callDeadlineMs,
  ): Promise<T> {
    try {
      return await withDeadline(deadlineMs, signal, work);
    } catch (error) {
      throw signal.aborted ? signal.reason : dockerFailure(error, doing);
    }
  }

  async ping(abortSignal: AbortSignal): Promise<void> {
    await new Promise((resolve, reject) => {
      const options = { path: "/_ping", method: "GET", abortSignal, statusCodes: { 200: true } };
      this.docker.modem.dial(options, (error: unknown, answer: unknown) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
  }
}

/** Every field is given, because the client fills what is absent from the environment of the process. */
function connection({ host, certPath }: EngineAddress): Docker.DockerOptions {
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
