/**
 * Keeps one OpenCode server per workspace: starts it on demand, hands each folder to one task at a time, checks the server
 * before use, replaces it when it is sick or dead, ends it when it was idle for long or its place is needed.
 */
import { CapacityFailure, toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import type { Entering } from "./entrance.ts";
import { inFolder } from "./folder-view.ts";
import { isHealthy } from "./health-probe.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";
import { InstanceSlot, type Use } from "./instance-slot.ts";
import { stillServes } from "./still-serves.ts";

export interface InstancePoolOptions {
  readonly runtime: InstanceRuntime;
  readonly instancesMax: number;
  readonly idleMs: number;
  /** After so many tasks an instance is replaced as soon as nobody uses it: it keeps growing. Absent: never for that. */
  readonly tasksMax?: number | undefined;
  /** At this age, too, in milliseconds. Absent: never for that. */
  readonly ageMsMax?: number | undefined;
  readonly logger: Logger;
  /** Told of each instance that has become ready; must not throw. */
  readonly onReady?: (instance: Instance) => void;
}

export interface UseRequest {
  readonly spec: InstanceSpec;
  readonly taskId: string;
  /** The workspace's own folder, or a work tree of it. */
  readonly directory: string;
}

/** The sole use of one folder through its workspace's instance. */
export interface Lease {
  /** Its client acts in the folder that was asked for. */
  readonly instance: Instance;
  /** A turn to begin the work: folders of one instance begin a few at a time. */
  begin(signal: AbortSignal): Promise<Entering>;
  /**
   * Gives it back. Never rejects, and counts once.
   * @param reusable false: the instance is ended as soon as nobody uses it. Until it is known, nobody else gets the folder.
   */
  release(reusable?: boolean | Promise<boolean>): Promise<void>;
  /**
   * Leaves all as it is until the same task comes again; counts as the release.
   * @param discard ends what the task left under way, should it not come again, or another need the place; answers whether
   *   the instance may be kept
   */
  keep(discard: () => Promise<boolean>): void;
}

interface Taken {
  readonly slot: InstanceSlot;
  readonly use: Use;
  /** The same task was here before, and goes on with what it left. */
  readonly again: boolean;
}

const probeDeadlineMs = 3_000;
const busyRetryMs = 2_000;
const fullRetryMs = 5_000;

export class InstancePool implements AsyncDisposable {
  readonly #options: InstancePoolOptions;
  readonly #slots = new Map<string, InstanceSlot>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(options: InstancePoolOptions) {
    this.#options = options;
  }

  /**
   * A folder of this workspace through its instance, ready for use.
   * @throws CapacityFailure `no_free_slot` when it is in use, or when as many instances as may live are in use
   * @throws RetryableFailure `instance_failed` when it does not start
   */
  acquire(request: UseRequest): Promise<Lease> {
    return this.#tracked(this.#acquire(request));
  }

  /** The task has ended without coming again: what was kept for it is ended. */
  abandon(taskId: string): void {
    for (const slot of this.#slots.values()) {
      for (const [directory, use] of slot.uses)
        if (use.taskId === taskId && use.discard !== null) this.#discard(slot, directory, use);
    }
  }

  async #acquire({ spec, taskId, directory }: UseRequest): Promise<Lease> {
    const { slot, use, again } = await this.#take(
      `${spec.organizationId}/${spec.workspaceId}`,
      taskId,
      directory,
    );
    try {
      if (!again && slot.isOutdated(spec)) slot.forgetWaiting(use);
      const instance = await this.#ready(slot, spec);
      // Others still work with what the workspace had: who comes now waits for them, so that it gets what the workspace has.
      if (!again && slot.isOutdated(spec)) {
        slot.condemned = true;
        refuse("The OpenCode instance of this workspace is about to get a new configuration.", busyRetryMs);
      }
      slot.tasks += 1;
      if (this.#closing.signal.aborted) throw stopping();
      // The workspace's own folder may be known to the server by another name.
      const view = directory === spec.directory ? instance : inFolder(instance, directory);
      return this.#lease(slot, directory, use, view);
    } catch (error) {
      this.#leave(slot, directory, use);
      throw error;
    }
  }

  /** Everything between two waits happens at once, so that the limits hold whatever happens meanwhile. */
  async #take(key: string, taskId: string, directory: string): Promise<Taken> {
    for (;;) {
      if (this.#closing.signal.aborted) throw stopping();
      const slot = this.#slots.get(key) ?? this.#place(key);
      if (slot === null) {
        await this.#makeRoom();
        continue;
      }
      if (slot.leaving !== null) {
        await slot.leaving;
        continue;
      }
      const present = slot.uses.get(directory);
      if (present === undefined || (present.discard !== null && present.taskId === taskId)) {
        if (slot.condemned) refuse("The OpenCode instance of this workspace is being replaced.", busyRetryMs);
        const again = present !== undefined;
        const use: Use = { taskId, again, returning: null, discard: null };
        slot.uses.set(directory, use);
        slot.wake();
        return { slot, use, again };
      }
      if (present.discard !== null) this.#discard(slot, directory, present);
      await (present.returning ?? refuse("Another task is at work in this workspace.", busyRetryMs));
    }
  }

  /** A new slot; null: there are as many as may be. */
  #place(key: string): InstanceSlot | null {
    if (this.#slots.size >= this.#options.instancesMax) return null;
    const slot = new InstanceSlot(key, this.#options.idleMs);
    this.#slots.set(key, slot);
    return slot;
  }

  /** Ends the one that nobody has used for longest, or waits for one that is about to be free. */
  async #makeRoom(): Promise<void> {
    const slots = [...this.#slots.values()];
    const [spare] = slots
      .filter((slot) => slot.spare)
      .sort((a, b) => a.uses.size - b.uses.size || a.idleSinceMs - b.idleSinceMs);
    if (spare !== undefined) return await this.#remove(spare);
    const soon = slots.flatMap((slot) => [
      ...(slot.leaving === null ? [] : [slot.leaving]),
      ...[...slot.uses.values()].flatMap(({ returning }) => returning ?? []),
    ]);
    if (soon.length === 0) refuse("All OpenCode instances of this worker are in use.", fullRetryMs);
    await Promise.race(soon);
  }

  #ready(slot: InstanceSlot, spec: InstanceSpec): Promise<Instance> {
    slot.preparing ??= this.#prepare(slot, spec).finally(() => {
      slot.preparing = null;
    });
    return slot.preparing;
  }

  async #prepare(slot: InstanceSlot, spec: InstanceSpec): Promise<Instance> {
    const present = slot.instance;
    if (present !== null) {
      const serves = stillServes(present, spec);
      // Whoever uses it would notice.
      if (present.alive && slot.uses.size > 1) return present;
      const outdated = slot.isOutdated(spec) && ![...slot.uses.values()].some(({ again }) => again);
      if (serves && !outdated && (await isHealthy(present, probeDeadlineMs))) return present;
      const reason = outdated
        ? "an OpenCode instance gets a new configuration"
        : serves
          ? "a sick OpenCode instance is replaced"
          : "another OpenCode instance was registered";
      this.#options.logger[outdated ? "info" : "warn"]({ workspace_id: spec.workspaceId }, reason);
      slot.instance = null;
      await this.#stop(present);
    }
    const started = await this.#options.runtime.start(spec, this.#closing.signal);
    slot.serve(started);
    this.#options.logger.info(
      { workspace_id: spec.workspaceId, organization_id: spec.organizationId, version: started.version },
      "an OpenCode instance is ready",
    );
    // One that ends without being used leaves its place at once.
    void started.exited.then(() => {
      if (slot.spare && slot.instance === started) void this.#remove(slot);
    });
    this.#options.onReady?.(started);
    return started;
  }

  #lease(slot: InstanceSlot, directory: string, use: Use, instance: Instance): Lease {
    let given: Promise<void> | null = null;
    return {
      instance,
      begin: (signal) => slot.entrance.enter(signal),
      release: (reusable = true) => {
        given ??= this.#tracked(this.#giveBack(slot, directory, use, Promise.resolve(reusable)));
        return given;
      },
      keep: (discard) => {
        if (given !== null) return;
        given = Promise.resolve();
        use.discard = discard;
        slot.idleSinceMs = Date.now();
        if (!instance.alive && slot.spare) void this.#remove(slot);
      },
    };
  }

  #giveBack(slot: InstanceSlot, directory: string, use: Use, reusable: Promise<boolean>): Promise<void> {
    const giveBack = async () => {
      const keep = await reusable.catch(() => false);
      if (!keep || slot.instance?.alive !== true || this.#closing.signal.aborted) slot.condemned = true;
      this.#leave(slot, directory, use);
      await slot.leaving;
    };
    use.returning = giveBack();
    return use.returning;
  }

  #discard(slot: InstanceSlot, directory: string, use: Use): void {
    const { discard } = use;
    if (discard === null || use.returning !== null) return;
    void this.#tracked(this.#giveBack(slot, directory, use, discard()));
  }

  /** The last one to leave a slot decides what becomes of its server. */
  #leave(slot: InstanceSlot, directory: string, use: Use): void {
    if (slot.uses.get(directory) === use) slot.uses.delete(directory);
    if (slot.uses.size > 0 || slot.leaving !== null) return;
    const worn = slot.isWorn(this.#options);
    if (worn) this.#options.logger.debug({ instance: slot.key }, "a worn OpenCode instance is ended");
    if (slot.instance === null || slot.condemned || worn) void this.#remove(slot);
    else {
      slot.rest(() => {
        this.#options.logger.debug({ instance: slot.key }, "an idle OpenCode instance is ended");
        void this.#remove(slot);
      });
    }
  }

  /** Ends what the slot holds and gives its place free. Never rejects. */
  #remove(slot: InstanceSlot): Promise<void> {
    slot.wake();
    const remove = async () => {
      await slot.preparing?.catch(() => undefined);
      if (slot.instance !== null) await this.#stop(slot.instance);
      if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
    };
    slot.leaving ??= this.#tracked(remove());
    return slot.leaving;
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

  /** Ends every instance, used or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#slots.values()].map((slot) => this.#remove(slot)));
    await Promise.allSettled(this.#pending);
  }
}

function stopping(): CapacityFailure {
  return new CapacityFailure("shutting_down", "The worker is stopping.", { retryAfterMs: busyRetryMs });
}

function refuse(message: string, retryAfterMs: number): never {
  throw new CapacityFailure("no_free_slot", message, { retryAfterMs });
}
