/**
 * The clock of schedules: a job scheduler of BullMQ for each, in the queue `maintenance` of its shard. The row is the truth;
 * the clock is set by it, and set again where a kill came between the two.
 */
import type { Shard, Store } from "@drover/queue";
import { isEnabled, type ScheduleRow } from "./schedule-row.ts";

export interface ScheduleAddress {
  readonly organizationId: string;
  readonly name: string;
}

const queueName = "maintenance";
/** How late a firing may be before its job counts as lost. */
const lateMsMax = 60_000;
/** No colon, which BullMQ keeps for itself; a name has no dot, so what comes after the first is the organization. */
const schedulerId = ({ organizationId, name }: ScheduleAddress) => `schedule.${name}.${organizationId}`;
const jobPattern = /^repeat:schedule\.([a-z0-9-]+)\.([^:]+):(\d+)$/;

/** The firing that a job of the queue stands for; null for any other job. */
export function firingOf(
  jobId: string,
): { readonly address: ScheduleAddress; readonly fireMs: number } | null {
  const [, name, organizationId, fireMs] = jobPattern.exec(jobId) ?? [];
  if (name === undefined || organizationId === undefined) return null;
  return { address: { organizationId, name }, fireMs: Number(fireMs) };
}

export class ScheduleClock {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Sets the clock as the row says. Setting it twice is setting it once. */
  async set(shard: Shard, address: ScheduleAddress, row: ScheduleRow): Promise<void> {
    if (!isEnabled(row)) {
      await this.stop(shard, address);
      return;
    }
    const { cron, every_seconds: everySeconds = 1, timezone = "UTC" } = row.spec;
    const everyMs = everySeconds * 1000;
    await this.#store
      .queue(shard, queueName)
      .upsertJobScheduler(
        schedulerId(address),
        cron === undefined
          ? { every: everyMs, startDate: Date.now() + everyMs }
          : { pattern: cron, tz: timezone },
        {
          name: "schedule",
          opts: {
            attempts: 20,
            backoff: { type: "custom" },
            removeOnComplete: { count: 100 },
            removeOnFail: { count: 100 },
          },
        },
      );
  }

  async stop(shard: Shard, address: ScheduleAddress): Promise<void> {
    await this.#store.queue(shard, queueName).removeJobScheduler(schedulerId(address));
  }

  /** When it fires next, in milliseconds since the epoch; null: it does not. */
  async nextMs(shard: Shard, address: ScheduleAddress): Promise<number | null> {
    const scheduler = await this.#store.queue(shard, queueName).getJobScheduler(schedulerId(address));
    return scheduler?.next ?? null;
  }

  /** Whether the clock goes as the row says. */
  async isRight(shard: Shard, address: ScheduleAddress, row: ScheduleRow): Promise<boolean> {
    const scheduler = await this.#store.queue(shard, queueName).getJobScheduler(schedulerId(address));
    if (scheduler === undefined || scheduler === null) return !isEnabled(row);
    const { cron, every_seconds: everySeconds, timezone = "UTC" } = row.spec;
    const same =
      cron === undefined
        ? scheduler.every === (everySeconds ?? 0) * 1000
        : scheduler.pattern === cron && scheduler.tz === timezone;
    return isEnabled(row) && same && (scheduler.next ?? 0) > Date.now() - lateMsMax;
  }
}
