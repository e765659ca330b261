/** Several servers that know each other need a Redis program on this machine; a container's network would hide them. */
export class RedisProgramNeeded extends Error {
  override readonly name = "RedisProgramNeeded";

  /** @param what e.g. `a Cluster` */
  constructor(what: string) {
    super(`${what} needs a Redis program on this machine, and Redis is only to be had as a container.`);
  }
}
