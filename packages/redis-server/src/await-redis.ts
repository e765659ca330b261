/** Waits until a Redis answers, or has ended, or the deadline is over. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

const pollMs = 20;
const answerDeadlineMs = 1_000;

/** Whether it answers PONG now; false while it loads its data. */
export async function pingRedis(url: string): Promise<boolean> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerDeadlineMs,
    commandTimeout: answerDeadlineMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return (await redis.ping()) === "PONG";
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

/** @returns false when `hasEnded` says so or the deadline is over */
export async function awaitRedis(
  url: string,
  deadlineMs: number,
  hasEnded: () => boolean = () => false,
): Promise<boolean> {
  const endMs = Date.now() + deadlineMs;
  while (!hasEnded() && Date.now() < endMs) {
    if (await pingRedis(url)) return true;
    await sleep(pollMs);
  }
  return false;
}

/** Waits until nothing listens on a port of the loopback interface any more. */
export async function awaitPortClosed(port: number, deadlineMs: number): Promise<void> {
  const endMs = Date.now() + deadlineMs;
  while (Date.now() < endMs && (await isOpen(port))) await sleep(pollMs);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const finish = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}
