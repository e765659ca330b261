/** The Redis that a chaos run works on: how services reach it, and how it can be hurt. */
import type { TcpProxy } from "../monkey/tcp-proxy.ts";

export interface RedisWorld extends AsyncDisposable {
  /** For the table of results. */
  readonly name: string;
  readonly shards: number;
  /** Servers that can be killed and frozen. */
  readonly nodes: number;
  /** Whether `failover` works. */
  readonly sentinel: boolean;
  readonly proxies: readonly TcpProxy[];
  /** What a service gets as its `REDIS_URL`. */
  urlFor(service: string): string;
  /** What else services are told. */
  readonly settings: Readonly<Record<string, string>>;
  /** For the oracle, past all proxies. */
  readonly directUrl: string;
  /** SIGKILL; starts it again on the same data after `downMs`, and waits until it serves. */
  killRedis(node: number, downMs: number): Promise<void>;
  /** SIGSTOP, and SIGCONT after `forMs`. */
  freezeRedis(node: number, forMs: number): Promise<void>;
  /** @throws Error where there is no Sentinel */
  failover(): Promise<void>;
}
