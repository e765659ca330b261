/**
 * BullMQ's backend of a worker, mended so that no outage of a Cluster stops a worker for good.
 *
 * After an error of its blocking connection, a worker of BullMQ 6.7 waits for that connection to be made again before it
 * does anything else. On a Cluster that was down it may wait for a call of ioredis that is never answered: a connection
 * whose first look at the Cluster finds it failing is made anew, and only the second one is ever told to be ready. So the
 * wait has a deadline here. What comes after it asks the connection as it is by then, with a watchdog of its own.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createRedisBackend } from "bullmq";

const reconnectDeadlineMs = 5_000;

/** For `new Worker(…)`. */
export const recoveringBackend: typeof createRedisBackend = (name, options, parts) => {
  const backend = createRedisBackend(name, options, parts);
  const reconnect = backend.reconnectBlocking.bind(backend);
  backend.reconnectBlocking = async () => {
    const deadline = new AbortController();
    const reconnecting = reconnect();
    // It may fail when nobody waits for it any more.
    reconnecting.catch(() => undefined);
    const late = delay(reconnectDeadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined);
    try {
      await Promise.race([reconnecting, late]);
    } finally {
      deadline.abort();
    }
  };
  return backend;
};
