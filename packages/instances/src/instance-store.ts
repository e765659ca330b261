/**
 * Registered instances in Redis. One that missed three heartbeats is shown as unreachable, and forgotten after a day. A
 * password is never part of the record.
 */
import { duringRedis } from "@drover/access";
import { type Instance, type InstanceRegistration, instance } from "@drover/contracts";
import type { RedisClient, Store } from "@drover/queue";
import { z } from "zod";

const heartbeatSeconds = 30;
const missedMax = 3;
const keptSeconds = 24 * 60 * 60;

const record = instance.omit({ status: true }).extend({
  /** RFC 3339; null: it has not been heard of since it was registered. */
  heard_at: z.string().nullable(),
});
type InstanceRecord = z.infer<typeof record>;

type Registration = InstanceRegistration & { readonly organization_id: string };

function expiry(): string {
  return new Date(Date.now() + heartbeatSeconds * missedMax * 1000).toISOString();
}

function show({ heard_at: heardAt, ...rest }: InstanceRecord): Instance {
  const silent = Date.parse(rest.expires_at) <= Date.now();
  return { ...rest, status: silent ? "unreachable" : heardAt === null ? "starting" : "ready" };
}

export class InstanceStore {
  readonly #redis: RedisClient;
  readonly #prefix: string;

  constructor(store: Store) {
    this.#redis = store.redis;
    this.#prefix = store.keyspace.site.prefix;
  }

  #keyOf(organizationId: string, workspaceId: string): string {
    return `${this.#prefix}:instance-of:${organizationId}/${workspaceId}`;
  }

  get #index(): string {
    return `${this.#prefix}:instances`;
  }

  #key(id: string): string {
    return `${this.#prefix}:instance:${id}`;
  }

  /** Saves a registration under `id`; the same id again replaces it. */
  async save(id: string, registration: Registration, version: string | null): Promise<Instance> {
    const saved: InstanceRecord = {
      id,
      workspace_id: registration.workspace_id,
      organization_id: registration.organization_id,
      runtime: registration.runtime,
      url: registration.url ?? null,
      version,
      trusted: registration.trusted ?? false,
      plugins: registration.capabilities ?? [],
      labels: registration.labels ?? {},
      heartbeat_seconds: heartbeatSeconds,
      expires_at: expiry(),
      heard_at: null,
    };
    await this.#write(saved);
    return show(saved);
  }

  async find(id: string): Promise<Instance | null> {
    const found = await this.#read(id);
    return found === null ? null : show(found);
  }

  /**
   * Notes a sign of life; null when there is no such instance. One that is forgotten meanwhile stays forgotten, and the workspace
   * stays with the instance that was registered last.
   * @param version of OpenCode, where it is known by now
   */
  async heartbeat(id: string, version?: string): Promise<Instance | null> {
    const found = await this.#read(id);
    if (found === null) return null;
    const heard: InstanceRecord = {
      ...found,
      version: version ?? found.version,
      heard_at: new Date().toISOString(),
      expires_at: expiry(),
    };
    const text = JSON.stringify(heard);
    const kept = await duringRedis(() => this.#redis.set(this.#key(id), text, "EX", keptSeconds, "XX"));
    if (kept === null) return null;
    await duringRedis(() =>
      this.#redis.expire(this.#keyOf(found.organization_id, found.workspace_id), keptSeconds),
    );
    return show(heard);
  }

  /** The one that was registered last for this workspace; null: none. */
  async ofWorkspace(organizationId: string, workspaceId: string): Promise<Instance | null> {
    const id = await duringRedis(() => this.#redis.get(this.#keyOf(organizationId, workspaceId)));
    return id === null ? null : await this.find(id);
  }

  async delete(id: string): Promise<void> {
    await duringRedis(() => this.#redis.multi().del(this.#key(id)).zrem(this.#index, id).exec());
  }

  /** Every instance, newest first. */
  async list(): Promise<Instance[]> {
    const ids = await duringRedis(() => this.#redis.zrevrange(this.#index, 0, -1));
    if (ids.length === 0) return [];
    const texts = await duringRedis(() => this.#redis.mget(ids.map((id) => this.#key(id))));
    const gone = ids.filter((_, position) => !texts[position]);
    if (gone.length > 0) await duringRedis(() => this.#redis.zrem(this.#index, ...gone));
    return texts.flatMap((text) => (text ? [show(record.parse(JSON.parse(text)))] : []));
  }

  async #read(id: string): Promise<InstanceRecord | null> {
    const text = await duringRedis(() => this.#redis.get(this.#key(id)));
    return text === null ? null : record.parse(JSON.parse(text));
  }

  async #write(saved: InstanceRecord): Promise<void> {
    await duringRedis(() =>
      this.#redis
        .multi()
        .set(this.#key(saved.id), JSON.stringify(saved), "EX", keptSeconds)
        .set(this.#keyOf(saved.organization_id, saved.workspace_id), saved.id, "EX", keptSeconds)
        .zadd(this.#index, 0, saved.id)
        .exec(),
    );
  }
}
