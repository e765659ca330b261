/** Services whose start fails half-way: what supervises them must see them end, or nobody starts them again. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { droverServices } from "@drover/embedded";
import { RunningProcess } from "@drover/processes";
import { startRedis, type TestRedis, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const inherited = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || name.startsWith("npm_") ? [] : [[name, value]],
  ),
);
const occupant = createServer();
let redis: TestRedis;
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-failed-start-"));
  redis = await startRedis();
  occupant.listen(0, "127.0.0.1");
  await once(occupant, "listening");
});
afterAll(async () => {
  occupant.close();
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.for(droverServices)(
  "$name ends with an error when the port of its metrics is taken",
  async ({ name, entry }) => {
    const address = occupant.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const logFile = join(folder, `${name}.log`);
    await using service = await RunningProcess.launch({
      command: process.execPath,
      args: ["--conditions=@drover/source", "--import", "tsx", entry],
      environment: {
        ...inherited,
        REDIS_URL: redis.url,
        DROVER_HOST: "127.0.0.1",
        DROVER_PORT: "0",
        DROVER_METRICS_HOST: "127.0.0.1",
        DROVER_METRICS_PORT: String(port),
        DROVER_BOOTSTRAP_KEY: `drv_bootstrap_${"b".repeat(40)}`,
        DROVER_MODEL_BASE_URL: "http://127.0.0.1:9/v1",
        DROVER_WORKSPACES_DIR: join(folder, "workspaces"),
        DROVER_WORKSPACES_CREATE: "true",
        DROVER_STATE_DIR: join(folder, "state"),
      },
      cwd: root,
      logFile,
    });
    const late = new Promise((_, reject) => {
      setTimeout(() => reject(new Error("it still runs")), 30_000).unref();
    });
    expect(await Promise.race([service.ended, late])).toEqual({ code: 1, signal: null });
    expect(await readFile(logFile, "utf8")).toContain("EADDRINUSE");
  },
);
