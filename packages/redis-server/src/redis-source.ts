/** Where a Redis can be had on this machine. */

export type RedisSource =
  /** Somebody else's, at this address. Drover neither starts nor stops it. */
  | { readonly kind: "address"; readonly url: string }
  /** A `redis-server` or `valkey-server` on this machine. */
  | { readonly kind: "binary"; readonly path: string }
  /** A container of a Docker engine on this machine. */
  | {
      readonly kind: "container";
      readonly docker: string;
      readonly image: string;
      /** What the `docker` command needs to find its engine. */
      readonly environment: Readonly<Record<string, string>>;
    };

/** One that Drover runs itself. */
export type OwnRedisSource = Exclude<RedisSource, { kind: "address" }>;

/** Tells the person at the terminal what is being done, one line at a time. */
export type Say = (line: string) => void;

/** As `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;
