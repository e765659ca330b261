/** The schedules of each organization, on its shard: made, read, replaced, deleted. */
import { newId, type Schedule, type ScheduleDefinition, schedulesMax } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { asFields, type Shard, type Store, type Visible } from "@drover/queue";
import { ScheduleClock } from "./schedule-clock.ts";
import { parseScheduleRow, type ScheduleRow, toSchedule } from "./schedule-row.ts";
import { deleteScheduleScript, putScheduleScript } from "./schedule-scripts.ts";

interface LocatedSchedule {
  readonly shard: Shard;
  readonly organizationId: string;
  readonly name: string;
  readonly row: ScheduleRow;
}

export interface ScheduleSearch {
  readonly name?: string | undefined;
  readonly template?: string | undefined;
}

export class ScheduleStore {
  readonly #store: Store;
  readonly #clock: ScheduleClock;

  constructor(store: Store) {
    this.#store = store;
    this.#clock = new ScheduleClock(store);
  }

  /**
   * Creates a schedule, or replaces what it does; what became of earlier firings stays. It must be without faults.
   * @throws DroverError conflict when the organization has too many
   */
  async put(organizationId: string, name: string, by: string, spec: ScheduleDefinition): Promise<Schedule> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const keys = [shard.schedule(organizationId, name), shard.schedules(organizationId)];
    const said = await this.#store.scripts.run(putScheduleScript, keys, [
      shard.prefix,
      `${organizationId}/${name}`,
      organizationId,
      name,
      newId("schedule"),
      JSON.stringify(spec),
      spec.enabled === false ? 0 : 1,
      spec.overlap ?? "skip",
      by,
      new Date().toISOString(),
      schedulesMax,
    ]);
    if (said === "full") {
      throw new DroverError("conflict", { detail: `An organization has at most ${schedulesMax} schedules.` });
    }
    const located = await this.#locate(organizationId, name);
    if (located === null)
      throw new DroverError("conflict", { detail: "The schedule was deleted in the meantime." });
    await this.#clock.set(shard, located, located.row);
    return await this.#show(located);
  }

  /** Null where there is no such schedule. */
  async find(organizationId: string, name: string): Promise<Schedule | null> {
    const located = await this.#locate(organizationId, name);
    return located === null ? null : await this.#show(located);
  }

  /** A page of those that are visible, newest first, and how many there are in all. */
  async list(
    visible: Visible,
    search: ScheduleSearch,
    page: { readonly limit: number; readonly afterId: string | undefined },
  ): Promise<{ items: Schedule[]; count: number }> {
    const found = (await this.#all(visible)).filter(
      ({ name, row }) =>
        (search.name === undefined || name === search.name) &&
        (search.template === undefined || row.spec.template?.split("@")[0] === search.template),
    );
    found.sort((left, right) => (left.row.id < right.row.id ? 1 : -1));
    const wanted = found
      .filter(({ row }) => page.afterId === undefined || row.id < page.afterId)
      .slice(0, page.limit);
    return { items: await Promise.all(wanted.map((one) => this.#show(one))), count: found.length };
  }

  /** @returns whether there was one */
  async delete(organizationId: string, name: string): Promise<boolean> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const keys = [shard.schedule(organizationId, name), shard.schedules(organizationId)];
    const args = [shard.prefix, `${organizationId}/${name}`, organizationId, name];
    const deleted = (await this.#store.scripts.run(deleteScheduleScript, keys, args)) === 1;
    await this.#clock.stop(shard, { organizationId, name });
    return deleted;
  }

  async #all(visible: Visible): Promise<LocatedSchedule[]> {
    const found: LocatedSchedule[] = [];
    for (const shard of this.#store.keyspace.shards) {
      const organizations =
        visible === "all"
          ? await this.#store.redis.smembers(shard.scheduleOrganizations())
          : visible.filter((organization) => this.#store.keyspace.shardOf(organization) === shard);
      for (const organization of organizations) {
        const names = await this.#store.redis.smembers(shard.schedules(organization));
        const all = await Promise.all(names.map((name) => this.#locate(organization, name)));
        found.push(...all.filter((one) => one !== null));
      }
    }
    return found;
  }

  async #locate(organizationId: string, name: string): Promise<LocatedSchedule | null> {
    const shard = this.#store.keyspace.shardOf(organizationId);
    const row = parseScheduleRow(
      asFields(await this.#store.redis.hgetall(shard.schedule(organizationId, name))),
    );
    return row === null ? null : { shard, organizationId, name, row };
  }

  async #show(located: LocatedSchedule): Promise<Schedule> {
    return toSchedule(located.row, located, await this.#clock.nextMs(located.shard, located));
  }
}
