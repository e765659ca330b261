/** The place of one workspace's server in the pool, and who uses it: each folder is used by one task at a time. */
import { Entrance } from "./entrance.ts";
import type { Instance, InstanceSpec } from "./instance-runtime.ts";

/** A task's use of one folder. */
export interface Use {
  readonly taskId: string;
  /** It goes on with what it left here when it began to wait. */
  readonly again: boolean;
  /** Set while the task is done with it, but the folder not yet free. */
  returning: Promise<void> | null;
  /** Set while the task waits without a worker: ends what it left under way, and says whether the server may be kept. */
  discard: (() => Promise<boolean>) | null;
}

export class InstanceSlot {
  readonly key: string;
  /** By folder. */
  readonly uses = new Map<string, Use>();
  /** Of its folders. */
  readonly entrance = new Entrance();
  instance: Instance | null = null;
  /** The start or check that is under way, for all that wait for it. */
  preparing: Promise<Instance> | null = null;
  /** Set once its server is being ended: its place is free when this is fulfilled. */
  leaving: Promise<void> | null = null;
  /** Its server is to be ended as soon as nobody uses it. */
  condemned = false;
  idleSinceMs = 0;
  /** How many tasks its server was handed to. */
  tasks = 0;
  #startedMs = 0;
  readonly #idleMs: number;
  #idleTimer: NodeJS.Timeout | null = null;

  constructor(key: string, idleMs: number) {
    this.key = key;
    this.#idleMs = idleMs;
  }

  /** Whether no task would be stopped if its server ended: what a waiting task left can be taken up again. */
  get spare(): boolean {
    return this.leaving === null && [...this.uses.values()].every(({ discard }) => discard !== null);
  }

  /** Whether its server was started with another configuration than the workspace has by now. */
  isOutdated(spec: InstanceSpec): boolean {
    return (
      this.instance !== null && this.instance.spec.configuration?.revision !== spec.configuration?.revision
    );
  }

  /** Gives up what waiting tasks left, where nothing but `except` is at work: they take it up again without it. */
  forgetWaiting(except: Use): void {
    const others = [...this.uses].filter(([, use]) => use !== except);
    if (others.some(([, use]) => use.discard === null || use.returning !== null)) return;
    for (const [directory] of others) this.uses.delete(directory);
  }

  /** From now on this server, which is new, is its server. */
  serve(instance: Instance): void {
    this.instance = instance;
    this.tasks = 0;
    this.#startedMs = Date.now();
  }

  /** Whether its server has served as many tasks, or is as old, as one may. */
  isWorn(most: { readonly tasksMax?: number | undefined; readonly ageMsMax?: number | undefined }): boolean {
    const { tasksMax = Number.POSITIVE_INFINITY, ageMsMax = Number.POSITIVE_INFINITY } = most;
    return this.tasks >= tasksMax || Date.now() - this.#startedMs >= ageMsMax;
  }

  /** Begins the time after which it counts as idle for long. */
  rest(onIdle: () => void): void {
    this.idleSinceMs = Date.now();
    this.#idleTimer = setTimeout(onIdle, this.#idleMs);
    this.#idleTimer.unref();
  }

  wake(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
  }
}
