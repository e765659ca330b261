/** A TCP port of the loopback interface that nothing listens on and that this process has not been given lately. */
import { randomInt } from "node:crypto";
import getPort, { portNumbers } from "get-port";

/**
 * Below what operating systems give to outgoing connections (Linux from 32,768, others from 49,152): of those, one may be
 * taken between the look and the use.
 */
const ports = { first: 20_000, last: 32_767 };

/** @param preferredPort taken when it is free */
export async function freePort(preferredPort?: number): Promise<number> {
  const start = randomInt(ports.first, ports.last + 1);
  const candidates = [
    ...(preferredPort === undefined ? [] : [preferredPort]),
    ...portNumbers(start, ports.last),
    ...portNumbers(ports.first, start),
  ];
  return await getPort({ host: "127.0.0.1", port: candidates });
}
