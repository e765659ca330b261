/**
 * Where Redis is, as one setting says it: a single server, a master that Sentinels name, or a Cluster.
 *
 *     redis://:password@host:6379/0
 *     redis+sentinel://:password@host-a:26379,host-b:26379/master-name?sentinel_password=…
 *     redis+cluster://:password@host-a:6379,host-b:6379
 *
 * With `rediss` in place of `redis` everything is spoken over TLS.
 */

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Credential {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export type RedisAddress =
  | { readonly kind: "single"; readonly url: string }
  | (Credential & {
      readonly kind: "sentinel";
      readonly sentinels: readonly RedisNode[];
      /** What the Sentinels call the group of servers that they watch. */
      readonly masterName: string;
      readonly database: number;
      readonly sentinelPassword: string | undefined;
    })
  | (Credential & { readonly kind: "cluster"; readonly nodes: readonly RedisNode[] });

const several =
  /^(?<scheme>rediss?)\+(?<kind>sentinel|cluster):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;
const usualPorts = { sentinel: 26_379, cluster: 6_379 };

/** Null for what is no address of a Redis. */
export function redisAddress(text: string): RedisAddress | null {
  const parts = several.exec(text)?.groups;
  if (parts === undefined) {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== ""
      ? { kind: "single", url: text }
      : null;
  }
  const kind = parts["kind"] === "cluster" ? "cluster" : "sentinel";
  const nodes = (parts["hosts"] ?? "").split(",").map((host) => nodeOf(host, usualPorts[kind]));
  const listed = nodes.filter((node) => node !== null);
  const [user, password] = [decoded(parts["user"]), decoded(parts["password"])];
  const [masterName = "", database = "0", ...rest] = (parts["path"] ?? "").split("/");
  if (listed.length < nodes.length || user === null || password === null || rest.length > 0) return null;
  const credential = { tls: parts["scheme"] === "rediss", username: user, password };
  if (kind === "cluster") {
    return masterName === "" ? { kind, ...credential, nodes: listed } : null;
  }
  if (masterName === "" || !/^\d{1,4}$/.test(database)) return null;
  const query = new URLSearchParams(parts["query"]);
  return {
    kind,
    ...credential,
    sentinels: listed,
    masterName: decoded(masterName) ?? masterName,
    database: Number(database),
    sentinelPassword: query.get("sentinel_password") ?? undefined,
  };
}

function nodeOf(text: string, usualPort: number): RedisNode | null {
  // An IPv6 address stands in brackets.
  const parts = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^\s:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(
    text,
  )?.groups;
  const host = parts?.["v6"] ?? parts?.["name"];
  const port = Number(parts?.["port"] ?? usualPort);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}

/** Undefined where it is absent or empty, null where it can't be read. */
function decoded(text: string | undefined): string | undefined | null {
  if (text === undefined || text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
