/** On what it was measured. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import type { Machine } from "../report/results.ts";
import { median } from "./statistics.ts";

const syncs = 100;

export async function describeMachine(redis: Redis): Promise<Machine> {
  const [, version = "unknown"] = /redis_version:(\S+)/.exec(await redis.info("server")) ?? [];
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    redis: version,
    syncMs: syncMs(),
    loadBefore: loadavg()[0] ?? 0,
  };
}

function syncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  const file = openSync(join(folder, "sync"), "a");
  try {
    const piece = Buffer.alloc(500, "x");
    const times = Array.from({ length: syncs }, () => {
      const startMs = performance.now();
      writeSync(file, piece);
      fdatasyncSync(file);
      return performance.now() - startMs;
    });
    return median(times);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
