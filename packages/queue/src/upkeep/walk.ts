/**
 * Goes through large sets in slices. A cursor says where the next slice begins: it is kept in Redis, so whichever process
 * does the next pass goes on where the last one stopped.
 */
import type { Shard } from "../shard.ts";
import type { Store } from "../store.ts";

interface Slice {
  readonly ids: readonly string[];
  /** Where the next slice begins; empty: everything has been seen. */
  readonly cursor: string;
}

/** @param cursor empty: from the start @param limit about how many ids are answered */
export type Walk = (store: Store, shard: Shard, cursor: string, limit: number) => Promise<Slice>;

/** One key that is walked through. */
export interface Part {
  readonly key: string;
  /** How its ids are to be named; default: as they are. */
  readonly name?: (id: string) => string;
  readonly read: (store: Store, key: string, cursor: string, limit: number) => Promise<Slice>;
}

/** Walks through these keys one after the other; small ones are seen whole in one slice. */
export function walkParts(partsOf: (store: Store, shard: Shard) => Promise<readonly Part[]>): Walk {
  return async (store, shard, cursor, limit) => {
    const parts = await partsOf(store, shard);
    const space = cursor.indexOf(" ");
    const key = cursor.slice(space + 1);
    const known = parts.findIndex((part) => part.key === key);
    let inner = known === -1 ? "" : cursor.slice(0, space);
    const ids: string[] = [];
    for (let at = Math.max(0, known); at < parts.length; ) {
      const part = parts[at];
      if (part === undefined) break;
      if (ids.length >= limit) return { ids, cursor: `${inner} ${part.key}` };
      const slice = await part.read(store, part.key, inner, limit - ids.length);
      for (const id of slice.ids) ids.push(part.name?.(id) ?? id);
      inner = slice.cursor;
      if (inner === "") at += 1;
    }
    return { ids, cursor: "" };
  };
}

const ended = (cursor: string) => (cursor === "0" ? "" : cursor);
const begun = (cursor: string) => (cursor === "" ? "0" : cursor);

/** A set. */
export const membersOf: Part["read"] = async (store, key, cursor, limit) => {
  const [next, ids] = await store.redis.sscan(key, begun(cursor), "COUNT", limit);
  return { ids, cursor: ended(next) };
};

/** A sorted set, whatever its scores. */
export const entriesOf: Part["read"] = async (store, key, cursor, limit) => {
  const [next, flat] = await store.redis.zscan(key, begun(cursor), "COUNT", limit);
  return { ids: flat.filter((_, position) => position % 2 === 0), cursor: ended(next) };
};

/** An index of ids whose scores are all 0, in order. */
export const indexedIn: Part["read"] = async (store, key, cursor, limit) => {
  const start = cursor === "" ? "-" : `(${cursor}`;
  const ids = await store.redis.zrangebylex(key, start, "+", "LIMIT", 0, limit);
  return { ids, cursor: ids.length < limit ? "" : (ids.at(-1) ?? "") };
};

/** A list; what moves while it is read may be missed, and is seen the next time round. */
export const itemsOf: Part["read"] = async (store, key, cursor, limit) => {
  const start = Number(begun(cursor));
  const ids = await store.redis.lrange(key, start, start + limit - 1);
  return { ids, cursor: ids.length < limit ? "" : String(start + ids.length) };
};
