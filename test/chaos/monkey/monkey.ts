/** Carries a schedule out against a running stack, one blow after the other, and leaves everything whole. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DroverClient } from "@drover/client";
import { type Operation, pauseQueue, resumeQueue } from "@drover/contracts";
import type { Stack } from "@drover/embedded";
import type { RedisWorld } from "../world/redis-world.ts";
import { type Blow, describe, type Scheduled } from "./schedule.ts";

export interface MonkeyOptions {
  readonly stack: Stack;
  readonly world: RedisWorld;
  readonly schedule: readonly Scheduled[];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How long a service may take to serve again. */
const restartDeadlineMs = 60_000;
const callDeadlineMs = 30_000;

/** @returns how often it did what */
export async function letLoose(options: MonkeyOptions): Promise<ReadonlyMap<string, number>> {
  const startMs = performance.now();
  const done = new Map<string, number>();
  for (const planned of options.schedule) {
    const waitMs = planned.atMs - (performance.now() - startMs);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: options.signal }).catch(() => undefined);
    if (options.signal.aborted) break;
    options.say(describe(planned));
    await strike(options, planned.blow);
    done.set(planned.blow.kind, (done.get(planned.blow.kind) ?? 0) + 1);
  }
  return done;
}

async function strike({ stack, world }: MonkeyOptions, blow: Blow): Promise<void> {
  switch (blow.kind) {
    case "kill": {
      const service = stack.service(blow.service);
      const afterPid = service.pid;
      service.kill("SIGKILL");
      await service.waitRestarted({ afterPid, deadlineMs: restartDeadlineMs });
      return;
    }
    case "freeze": {
      const service = stack.service(blow.service);
      service.kill("SIGSTOP");
      await sleep(blow.forMs);
      service.kill("SIGCONT");
      return;
    }
    case "killRedis":
      return await world.killRedis(blow.node, blow.downMs);
    case "freezeRedis":
      return await world.freezeRedis(blow.node, blow.forMs);
    case "cut":
      world.proxies[blow.proxy]?.cut();
      return;
    case "stall":
      world.proxies[blow.proxy]?.stall();
      await sleep(blow.forMs);
      world.proxies[blow.proxy]?.flow();
      return;
    case "slow":
      world.proxies[blow.proxy]?.delay(blow.delayMs);
      await sleep(blow.forMs);
      world.proxies[blow.proxy]?.delay(0);
      return;
    case "failover":
      return await world.failover();
    case "pauseQueue":
      await insist(stack.client, pauseQueue, blow.queue);
      await sleep(blow.forMs);
      await insist(stack.client, resumeQueue, blow.queue);
      return;
  }
}

/** Pausing and resuming may be done twice; a gateway that is away is asked again. */
async function insist(
  client: DroverClient,
  operation: typeof pauseQueue | typeof resumeQueue,
  queue: string,
): Promise<void> {
  const endMs = Date.now() + callDeadlineMs;
  for (;;) {
    try {
      await client.call(operation satisfies Operation, { params: { queue_name: queue }, deadlineMs: 5_000 });
      return;
    } catch (error) {
      if (Date.now() > endMs) throw error;
      await sleep(250);
    }
  }
}
