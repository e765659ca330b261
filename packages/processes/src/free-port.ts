/** A TCP port of the loopback interface that nothing listens on and that this process has not been given lately. */
import getPort from "get-port";

/** @param preferredPort taken when it is free */
export async function freePort(preferredPort?: number): Promise<number> {
  return await getPort({
    host: "127.0.0.1",
    ...(preferredPort === undefined ? {} : { port: preferredPort }),
  });
}
