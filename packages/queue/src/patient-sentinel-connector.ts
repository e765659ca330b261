/**
 * ioredis' way to a master through its Sentinels, mended so that no failover ends a connection for good.
 *
 * ioredis 6.0.0 goes on listening for failovers of the connection that is gone while it looks for the next master. One
 * that it hears of then breaks that search off, and a search that is broken off counts as a connection that nobody wants
 * any more: its status is `end`, and every command is refused from then on, with Redis and its Sentinels in best health.
 */
import { SentinelConnector } from "ioredis";

type ErrorEmitter = Parameters<SentinelConnector["connect"]>[0];

export class PatientSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    if (typeof options !== "object" || options === null) throw new TypeError("a connector needs options");
    super(options);
  }

  /** Looks for the master, and listens no more for what happens to the former one. */
  override connect(emit: ErrorEmitter): ReturnType<SentinelConnector["connect"]> {
    this.disconnect();
    return super.connect(emit);
  }
}
