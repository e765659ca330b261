/** Looks for secrets where none may be: in Redis, in files, in the environment of processes, in texts. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";

/** What was looked through: where it was found, and all of its text. */
export interface Haystack {
  readonly where: string;
  readonly text: string;
}

/** Each secret that was found, and where; as it is or in base64. */
export function findLeaks(
  secrets: Readonly<Record<string, string>>,
  haystacks: readonly Haystack[],
): string[] {
  return Object.entries(secrets).flatMap(([name, value]) => {
    if (value.length < 8) throw new Error(`${name} is too short to be looked for`);
    const forms = [value, Buffer.from(value).toString("base64"), Buffer.from(value).toString("base64url")];
    return haystacks
      .filter(({ text }) => forms.some((form) => text.includes(form)))
      .map(({ where }) => `${name} in ${where}`);
  });
}

/** Every key of a Redis with all that it holds. */
export async function redisHaystacks(url: string): Promise<Haystack[]> {
  const redis = new Redis(url);
  try {
    const found: Haystack[] = [];
    for await (const keys of redis.scanStream({ count: 1000 })) {
      for (const key of keys)
        found.push({ where: `Redis key ${key}`, text: `${key} ${await contentOf(redis, key)}` });
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key);
  switch (type) {
    case "string":
      return (await redis.get(key)) ?? "";
    case "hash":
      return JSON.stringify(await redis.hgetall(key));
    case "list":
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case "set":
      return JSON.stringify(await redis.smembers(key));
    case "zset":
      return JSON.stringify(await redis.zrange(key, "0", "-1"));
    case "stream":
      return JSON.stringify(await redis.xrange(key, "-", "+"));
    case "none":
      return "";
    default:
      throw new Error(`say how to read a ${type} of Redis`);
  }
}

/** Every file beneath a folder. */
export async function fileHaystacks(folder: string): Promise<Haystack[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (where) => ({ where, text: await readFile(where, "latin1").catch(() => "") })),
  );
  return found.filter(({ text }) => text !== "");
}

/** The environment that a process was started with, by name. */
export async function environmentOf(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8");
  const pairs = text.split("\0").filter((pair) => pair.includes("="));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}
