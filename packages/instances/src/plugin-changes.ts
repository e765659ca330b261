/** Hears of which organizations the plugins have changed, whichever replica or worker changed them. */
import type { RedisClient, Store } from "@drover/queue";

export interface PluginFollower {
  onChange(organizationId: string): void;
  /** Messages may have been lost: the connection is away, or just back. */
  onGap(): void;
}

export class PluginChanges implements AsyncDisposable {
  readonly #subscriber: RedisClient;

  constructor(store: Store, follower: PluginFollower) {
    this.#subscriber = store.connect("worker");
    this.#subscriber.on("message", (_channel: string, organizationId: string) =>
      follower.onChange(organizationId),
    );
    for (const event of ["close", "ready"]) this.#subscriber.on(event, () => follower.onGap());
    this.#subscriber.subscribe(store.keyspace.site.pluginChannel()).then(
      () => follower.onGap(),
      (error: unknown) =>
        store.logger.warn({ err: error }, "changes of plugins are not heard; they are seen a little later"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriber.disconnect();
  }
}
