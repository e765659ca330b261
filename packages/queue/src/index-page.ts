/**
 * Pages through an index of ids, newest first, over every shard and organization asked for.
 *
 * Ids sort by creation time, so the cursor is an id and a page stays right while new things arrive. A search without an
 * index of its own reads rows in chunks; it looks at the newest `scanMax` ids.
 */
import type { Keyspace } from "./keyspace.ts";
import type { Shard } from "./shard.ts";
import type { Store } from "./store.ts";

/** Which organizations a caller may see. */
export type Visible = "all" | readonly string[];

export interface PageRequest {
  readonly visible: Visible;
  readonly limit: number;
  readonly afterId: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** How many match in all, within the newest `scanMax`. */
  readonly count: number;
}

const scanMax = 10_000;
const chunkSize = 500;

async function organizationsOn(store: Store, shard: Shard, visible: Visible): Promise<string[]> {
  if (visible === "all") return await store.redis.smembers(shard.organizations());
  return visible.filter((organization) => store.keyspace.shardOf(organization) === shard);
}

async function newestIds(
  store: Store,
  what: Parameters<Shard["index"]>[0],
  visible: Visible,
): Promise<string[]> {
  const ids: string[] = [];
  for (const shard of store.keyspace.shards) {
    for (const organization of await organizationsOn(store, shard, visible)) {
      ids.push(...(await store.redis.zrevrange(shard.index(what, organization), 0, scanMax - 1)));
    }
  }
  return ids.sort().reverse().slice(0, scanMax);
}

/** How to read what an index points to. */
export interface PageSource<Row, Item> {
  /** Reads the rows of these ids, null where one is gone. */
  load(ids: readonly string[]): Promise<(Row | null)[]>;
  /** Whether a row is what the search asks for; null: everything is. */
  readonly matches: ((row: Row) => boolean) | null;
  show(rows: Row[]): Promise<Item[]>;
}

export async function readPage<Row, Item>(
  store: Store,
  what: Parameters<Shard["index"]>[0],
  request: PageRequest,
  source: PageSource<Row, Item>,
): Promise<Page<Item>> {
  const ids = await newestIds(store, what, request.visible);
  const { rows, count } =
    source.matches === null
      ? { rows: await firstRows(ids, request, source), count: ids.length }
      : await matchingRows(ids, request, source.load, source.matches);
  return { items: await source.show(rows), count };
}

const isBehind = (cursor: string | undefined, id: string) => cursor === undefined || id < cursor;

async function firstRows<Row, Item>(
  ids: readonly string[],
  request: PageRequest,
  source: PageSource<Row, Item>,
): Promise<Row[]> {
  const wanted = ids.filter((id) => isBehind(request.afterId, id)).slice(0, request.limit);
  return (await source.load(wanted)).filter((row) => row !== null);
}

async function matchingRows<Row>(
  ids: readonly string[],
  request: PageRequest,
  load: PageSource<Row, unknown>["load"],
  matches: (row: Row) => boolean,
): Promise<{ rows: Row[]; count: number }> {
  const rows: Row[] = [];
  let count = 0;
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    const loaded = await load(chunk);
    for (const [position, id] of chunk.entries()) {
      const row = loaded[position] ?? null;
      if (row === null || !matches(row)) continue;
      count += 1;
      if (isBehind(request.afterId, id) && rows.length < request.limit) rows.push(row);
    }
  }
  return { rows, count };
}

const notHere = Symbol("not on this shard");

/**
 * Runs `find` on each shard and gives the first answer that is not null, without waiting for a server that is away.
 * @throws what `find` threw, where no shard had an answer: it may be on the one that is away
 */
export async function onAnyShard<T>(
  keyspace: Keyspace,
  find: (shard: Shard) => Promise<T | null>,
): Promise<T | null> {
  const searches = keyspace.shards.map(async (shard) => (await find(shard)) ?? Promise.reject(notHere));
  try {
    return await Promise.any(searches);
  } catch (error) {
    const outages = error instanceof AggregateError ? error.errors.filter((one) => one !== notHere) : [error];
    if (outages.length > 0) throw outages[0];
    return null;
  }
}
