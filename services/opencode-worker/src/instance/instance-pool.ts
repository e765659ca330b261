/**
 * Keeps one OpenCode server per workspace: starts it on demand, hands it to one task at a time, checks it before use,
 * replaces it when it is sick or dead, ends it when it was idle for long or its place is needed.
 */
import { CapacityFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { isHealthy } from "./health-probe.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";

export interface InstancePoolOptions {
  readonly runtime: InstanceRuntime;
  readonly instancesMax: number;
  readonly idleMs: number;
  readonly logger: Logger;
  /** Told of each instance that has become ready; must not throw. */
  readonly onReady?: (instance: Instance) => void;
}

/** The sole use of an instance. */
export interface Lease {
  readonly instance: Instance;
  /**
   * Gives it back. Never rejects, and counts once.
   * @param reusable false: the instance is ended instead of kept. Until it is known, nobody else gets the instance.
   */
  release(reusable?: boolean | Promise<boolean>): Promise<void>;
}

interface Slot {
  instance: Instance | null;
  leased: boolean;
  /** Set while its last task has ended but the instance is not yet free. */
  returning: Promise<void> | null;
  idleSinceMs: number;
  idleTimer: NodeJS.Timeout | null;
}

const probeDeadlineMs = 3_000;
const busyRetryMs = 2_000;
const fullRetryMs = 5_000;

export class InstancePool implements AsyncDisposable {
  readonly #options: InstancePoolOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(options: InstancePoolOptions) {
    this.#options = options;
  }

  /**
   * The instance of this workspace, ready for use.
   * @throws CapacityFailure `no_free_slot` when it is in use, or when as many as may live are in use
   * @throws RetryableFailure `instance_failed` when it does not start
   */
  acquire(spec: InstanceSpec): Promise<Lease> {
    return this.#tracked(this.#acquire(spec));
  }

  async #acquire(spec: InstanceSpec): Promise<Lease> {
    const key = `${spec.organizationId}/${spec.workspaceId}`;
    const { slot, evicted } = await this.#take(key);
    try {
      await evicted;
      const instance = await this.#readyInstance(key, slot, spec);
      return this.#lease(key, slot, instance);
    } catch (error) {
      if (this.#slots.get(key) === slot) this.#slots.delete(key);
      throw error;
    }
  }

  /**
   * The slot of this key, leased to the caller. A new one is put in its place before anything is awaited, so the limit
   * holds whatever happens meanwhile; `evicted` is fulfilled when the place is really free.
   */
  async #take(key: string): Promise<{ slot: Slot; evicted: Promise<void> }> {
    for (;;) {
      if (this.#closing.signal.aborted)
        throw new CapacityFailure("shutting_down", "The worker is stopping.", { retryAfterMs: busyRetryMs });
      const present = this.#slots.get(key);
      if (present?.leased === false) {
        present.leased = true;
        clearIdleTimer(present);
        return { slot: present, evicted: Promise.resolve() };
      }
      if (present !== undefined) {
        await (present.returning ?? refuse("Another task is at work in this workspace.", busyRetryMs));
        continue;
      }
      const full = this.#slots.size >= this.#options.instancesMax;
      const [oldest] = full ? this.#idleSlots() : [];
      if (!full || oldest !== undefined) {
        const evicted = oldest === undefined ? Promise.resolve() : this.#remove(...oldest);
        const slot = { instance: null, leased: true, returning: null, idleSinceMs: 0, idleTimer: null };
        this.#slots.set(key, slot);
        return { slot, evicted };
      }
      const returning = [...this.#slots.values()].flatMap((slot) => slot.returning ?? []);
      if (returning.length === 0) refuse("All OpenCode instances of this worker are in use.", fullRetryMs);
      await Promise.race(returning);
    }
  }

  /** The one that was idle longest comes first. */
  #idleSlots(): [string, Slot][] {
    const idle = [...this.#slots].filter(([, slot]) => !slot.leased);
    return idle.sort(([, a], [, b]) => a.idleSinceMs - b.idleSinceMs);
  }

  async #readyInstance(key: string, slot: Slot, spec: InstanceSpec): Promise<Instance> {
    const present = slot.instance;
    if (present !== null) {
      if (await isHealthy(present, probeDeadlineMs)) return present;
      this.#options.logger.warn({ workspace_id: spec.workspaceId }, "a sick OpenCode instance is replaced");
      slot.instance = null;
      await this.#stop(present);
    }
    const started = await this.#options.runtime.start(spec, this.#closing.signal);
    slot.instance = started;
    this.#options.logger.info(
      { workspace_id: spec.workspaceId, organization_id: spec.organizationId, version: started.version },
      "an OpenCode instance is ready",
    );
    if (this.#closing.signal.aborted) {
      await this.#stop(started);
      throw new CapacityFailure("shutting_down", "The worker is stopping.", { retryAfterMs: busyRetryMs });
    }
    // One that ends without being used leaves its place at once.
    void started.exited.then(() => {
      if (!slot.leased && slot.instance === started) void this.#remove(key, slot);
    });
    this.#options.onReady?.(started);
    return started;
  }

  #lease(key: string, slot: Slot, instance: Instance): Lease {
    let released: Promise<void> | null = null;
    return {
      instance,
      release: (reusable = true) => {
        released ??= this.#tracked(this.#returned(slot, this.#release(key, slot, instance, reusable)));
        return released;
      },
    };
  }

  async #release(
    key: string,
    slot: Slot,
    instance: Instance,
    reusable: boolean | Promise<boolean>,
  ): Promise<void> {
    const keep = await Promise.resolve(reusable).catch(() => false);
    if (!keep || !instance.alive || this.#closing.signal.aborted) {
      await this.#stop(instance);
      if (this.#slots.get(key) === slot) this.#slots.delete(key);
      return;
    }
    slot.idleSinceMs = Date.now();
    slot.idleTimer = setTimeout(() => {
      this.#options.logger.debug({ instance: key }, "an idle OpenCode instance is ended");
      void this.#remove(key, slot);
    }, this.#options.idleMs);
    slot.idleTimer.unref();
    slot.leased = false;
  }

  /** Ends what the slot holds and gives its place free. Never rejects. */
  #remove(key: string, slot: Slot): Promise<void> {
    clearIdleTimer(slot);
    slot.leased = true;
    const remove = async () => {
      if (slot.instance !== null) await this.#stop(slot.instance);
      if (this.#slots.get(key) === slot) this.#slots.delete(key);
    };
    return this.#tracked(this.#returned(slot, remove()));
  }

  /** Whoever wants the slot waits for `work` instead of being refused. */
  async #returned(slot: Slot, work: Promise<void>): Promise<void> {
    slot.returning = work;
    await work;
    if (slot.returning === work) slot.returning = null;
  }

  async #stop(instance: Instance): Promise<void> {
    try {
      await instance[Symbol.asyncDispose]();
    } catch (error) {
      this.#options.logger.error({ err: toError(error) }, "an OpenCode instance could not be ended");
    }
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    const forget = () => this.#pending.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** Ends every instance, leased or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#slots].map(([key, slot]) => this.#remove(key, slot)));
    await Promise.allSettled(this.#pending);
    await Promise.all([...this.#slots].map(([key, slot]) => this.#remove(key, slot)));
  }
}

function refuse(message: string, retryAfterMs: number): never {
  throw new CapacityFailure("no_free_slot", message, { retryAfterMs });
}

function clearIdleTimer(slot: Slot): void {
  if (slot.idleTimer !== null) clearTimeout(slot.idleTimer);
  slot.idleTimer = null;
}
