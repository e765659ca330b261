/**
 * Registrations in Redis, one for each workspace: the last one replaces the one before.
 *
 * A remote instance lives somewhere else and is heard of by heartbeats: after three that are missing it is unreachable, and
 * long after the last one it is forgotten. `process` and `docker` are settings of a workspace, whose server a worker starts:
 * they are ready once a server has been started for them, miss no heartbeats, and are forgotten a year after the last server.
 *
 * The password of a remote one is kept sealed, and no answer ever holds it.
 */
import { duringRedis } from "@drover/access";
import { type Instance, type InstanceRegistration, instance } from "@drover/contracts";
import type { Script, Store } from "@drover/queue";
import { SealedUnreadable, type SealedValue, Sealer, sealedValue } from "@drover/secrets";
import { z } from "zod";
import { forgetScript, heardScript, saveScript } from "./registration-scripts.ts";

const heartbeatSeconds = 30;
const missedMax = 3;
const silentAfterMs = heartbeatSeconds * missedMax * 1000;
/** A remote one is kept so long after its last sign of life: its workspace may be switched off over a holiday. */
const remoteKeptSeconds = 30 * 24 * 60 * 60;
const settingKeptSeconds = 365 * 24 * 60 * 60;

const record = instance.omit({ status: true, expires_at: true, heartbeat_seconds: true }).extend({
  /** Milliseconds since the epoch. */
  registered_at: z.number(),
  password: sealedValue.nullable(),
});
const row = z.object({
  record: z.string(),
  /** Empty: it has not been heard of since it was registered. */
  heardAt: z.string(),
  version: z.string().nullable(),
});
type Row = { readonly saved: z.infer<typeof record>; readonly heardAtMs: number | null };

type Registration = InstanceRegistration & { readonly organization_id: string };

function show({ saved, heardAtMs }: Row): Instance {
  const { registered_at: registeredAtMs, password: _sealed, ...rest } = saved;
  const seen = heardAtMs === null ? "starting" : "ready";
  const more = { ...rest, heartbeat_seconds: heartbeatSeconds };
  const isRemote = rest.runtime === "remote";
  const expiresMs = (heardAtMs ?? registeredAtMs) + (isRemote ? silentAfterMs : settingKeptSeconds * 1000);
  return {
    ...more,
    status: isRemote && expiresMs <= Date.now() ? "unreachable" : seen,
    expires_at: new Date(expiresMs).toISOString(),
  };
}

const keptFor = (runtime: Instance["runtime"]) =>
  runtime === "remote" ? remoteKeptSeconds : settingKeptSeconds;

export class InstanceStore {
  readonly #store: Store;
  readonly #sealer: Sealer | null;

  /** @param masterKey base64 of 32 bytes; null: no password is taken */
  constructor(store: Store, masterKey: string | null) {
    this.#store = store;
    this.#sealer = masterKey === null ? null : new Sealer(masterKey, "instance-password");
  }

  /** Whether a password can be kept here. */
  get keepsPasswords(): boolean {
    return this.#sealer !== null;
  }

  /**
   * Saves a registration under `id` in place of what its workspace had; the same id again replaces it.
   * @param version what a remote one answered when it was probed; null: it was not
   */
  async save(id: string, registration: Registration, version: string | null): Promise<Instance> {
    const nowMs = Date.now();
    const saved: Row["saved"] = {
      id,
      workspace_id: registration.workspace_id,
      organization_id: registration.organization_id,
      runtime: registration.runtime,
      url: registration.url ?? null,
      directory: registration.directory ?? null,
      version,
      trusted: registration.trusted ?? false,
      plugins: registration.capabilities ?? [],
      labels: registration.labels ?? {},
      registered_at: nowMs,
      password: this.#seal(id, registration),
    };
    const heardAtMs = registration.runtime === "remote" && version !== null ? nowMs : null;
    const kept = keptFor(saved.runtime);
    await this.#run(saveScript, saved, [JSON.stringify(saved), heardAtMs ?? "", kept, this.#key("")]);
    return show({ saved, heardAtMs });
  }

  async find(id: string): Promise<Instance | null> {
    const found = await this.#read(id);
    return found === null ? null : show(found);
  }

  /**
   * Notes a sign of life; null when there is no such instance.
   * @param version of the server, where the caller knows it
   */
  async heartbeat(id: string, version: string | null = null): Promise<Instance | null> {
    const found = await this.#read(id);
    if (found === null) return null;
    const { saved } = found;
    const heardAtMs = Date.now();
    const known = await this.#run(heardScript, saved, [heardAtMs, version ?? "", keptFor(saved.runtime)]);
    if (known !== 1) return null;
    return show({ saved: { ...saved, version: version ?? saved.version }, heardAtMs });
  }

  /** The one that is registered for this workspace; null: none. */
  async ofWorkspace(organizationId: string, workspaceId: string): Promise<Instance | null> {
    const pointer = this.#pointer(organizationId, workspaceId);
    const id = await duringRedis(() => this.#store.redis.get(pointer));
    return id === null ? null : await this.find(id);
  }

  /**
   * The password of an instance; null: it has none, or is gone.
   * @throws SealedUnreadable where it was sealed with another master key, or there is no master key here
   */
  async password(id: string): Promise<string | null> {
    const sealed = (await this.#read(id))?.saved.password ?? null;
    if (sealed === null) return null;
    if (this.#sealer === null) throw new SealedUnreadable("DROVER_MASTER_KEY is not set here.");
    return this.#sealer.open(sealed, id);
  }

  async delete(id: string): Promise<void> {
    const found = await this.#read(id);
    if (found !== null) await this.#run(forgetScript, found.saved, []);
  }

  /** Every instance, newest first. */
  async list(): Promise<Instance[]> {
    const { redis } = this.#store;
    const ids = await duringRedis(() => redis.zrevrange(this.#index, 0, -1));
    const rows = await Promise.all(ids.map((id) => this.#read(id)));
    const gone = ids.filter((_, position) => rows[position] === null);
    if (gone.length > 0) await duringRedis(() => redis.zrem(this.#index, ...gone));
    return rows.flatMap((found) => (found === null ? [] : [show(found)]));
  }

  #seal(id: string, { runtime, password }: Registration): SealedValue | null {
    if (runtime !== "remote" || password === undefined) return null;
    if (this.#sealer === null) throw new Error("a password was to be kept without a master key");
    return this.#sealer.seal(password, id);
  }

  async #read(id: string): Promise<Row | null> {
    const fields = await duringRedis(() =>
      this.#store.redis.hmget(this.#key(id), "record", "heard_at", "version"),
    );
    const [text, heardAt = "", version = null] = fields;
    if (typeof text !== "string") return null;
    const parsed = row.parse({ record: text, heardAt, version });
    const saved = record.parse(JSON.parse(parsed.record));
    return {
      saved: { ...saved, version: parsed.version ?? saved.version },
      heardAtMs: parsed.heardAt === "" ? null : Number(parsed.heardAt),
    };
  }

  /** Everything lies under the site's hash tag, so one script may touch it all. */
  async #run(what: Script, of: Row["saved"], more: readonly (string | number)[]): Promise<unknown> {
    const keys = [this.#key(of.id), this.#pointer(of.organization_id, of.workspace_id), this.#index];
    return await duringRedis(() => this.#store.scripts.run(what, keys, [of.id, ...more]));
  }

  #key(id: string): string {
    return `${this.#store.keyspace.site.prefix}:registration:${id}`;
  }

  #pointer(organizationId: string, workspaceId: string): string {
    return `${this.#store.keyspace.site.prefix}:registration-of:${organizationId}/${workspaceId}`;
  }

  get #index(): string {
    return `${this.#store.keyspace.site.prefix}:registrations`;
  }
}
