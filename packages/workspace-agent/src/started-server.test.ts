import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning } from "@drover/processes";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { askOpenCode, OpenCodeUnavailable } from "./open-code-server.ts";
import { StartedServer } from "./started-server.ts";

/** Stands where `opencode` would: asks for the password, tells its environment, and notes what is aborted. */
const standIn = `#!${process.execPath}
const { createServer } = require("node:http");
const { appendFileSync } = require("node:fs");
const port = process.argv[process.argv.indexOf("--port") + 1];
const expected = "Basic " + Buffer.from("opencode:" + process.env.OPENCODE_SERVER_PASSWORD).toString("base64");
createServer((request, response) => {
  if (request.headers.authorization !== expected) return response.writeHead(401).end();
  if (request.url === "/global/health") return response.end('{"healthy":true,"version":"0.0.0"}');
  if (request.url === "/session/status") return response.end('{"ses_1":{"type":"busy"},"ses_2":{"type":"idle"}}');
  if (request.method === "POST") { appendFileSync("aborted", request.url + "\\n"); return response.end("true"); }
  response.end(JSON.stringify({ pid: process.pid, cwd: process.cwd(), environment: process.env }));
}).listen(Number(port), "127.0.0.1");
`;

let folder: string;
let server: StartedServer | null = null;
const lines: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-workspace-agent-"));
  await writeFile(join(folder, "opencode"), standIn);
  await chmod(join(folder, "opencode"), 0o755);
});
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = null;
  await rm(folder, { recursive: true, force: true });
});

async function start(more: { binary?: string; privateState?: boolean } = {}): Promise<StartedServer> {
  const options = {
    binary: join(folder, "opencode"),
    directory: folder,
    environment: { PATH: process.env["PATH"], DROVER_TOKEN: "drv_secret", MINE: "1", XDG_DATA_HOME: "/mine" },
    stateDirectory: join(folder, "state"),
    privateState: false,
    say: (line: string) => lines.push(line),
    ...more,
  };
  server = await StartedServer.start(options, new AbortController().signal);
  return server;
}

const told = z.object({ pid: z.number(), cwd: z.string(), environment: z.record(z.string(), z.string()) });
async function tell(started: StartedServer) {
  const target = started.target();
  if (target === null) throw new Error("it is not there");
  return told.parse(JSON.parse((await askOpenCode(target, "GET", "/", 2_000)).text));
}

test("OpenCode runs in the workspace with the user's environment and a password of its own, and without Drover's key", {
  timeout: 45_000,
}, async () => {
  const { cwd, environment } = await tell(await start());
  expect(cwd).toBe(folder);
  expect(environment).toMatchObject({ MINE: "1", XDG_DATA_HOME: "/mine" });
  expect(environment["OPENCODE_SERVER_PASSWORD"]).toMatch(/^[\w-]{32}$/);
  expect(Object.keys(environment).filter((name) => name.startsWith("DROVER_"))).toEqual([]);
});

test("it has settings and sessions of its own where that is asked for", { timeout: 45_000 }, async () => {
  const { environment } = await tell(await start({ privateState: true }));
  for (const name of ["CONFIG", "DATA", "CACHE", "STATE"])
    expect(environment[`XDG_${name}_HOME`]).toBe(join(folder, "state", name.toLowerCase()));
});

test("it is started again when it ends, and ended with the agent, its running sessions first", {
  timeout: 45_000,
}, async () => {
  const started = await start();
  const { pid } = await tell(started);
  process.kill(pid, "SIGKILL");
  await vi.waitUntil(() => started.target() === null, { timeout: 20_000 });
  await vi.waitUntil(() => started.target() !== null, { timeout: 20_000 });
  const again = await tell(started);
  expect(again.pid).not.toBe(pid);
  await started[Symbol.asyncDispose]();
  expect(await isRunning(again.pid)).toBe(false);
  expect(await readFile(join(folder, "aborted"), "utf8")).toBe("/session/ses_1/abort\n");
});

test("one that is not there, or does not stay, is said so", { timeout: 45_000 }, async () => {
  await expect(start({ binary: join(folder, "nothing") })).rejects.toThrow("name it with --opencode");
  await writeFile(join(folder, "opencode"), `#!${process.execPath}\nprocess.exit(3);\n`);
  const failed = await start().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(OpenCodeUnavailable);
  expect(String(failed)).toContain("opencode.log");
});
