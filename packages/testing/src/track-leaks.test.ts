import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { trackLeaks } from "./track-leaks.ts";

test("nothing left open passes", async () => {
  await trackLeaks().check();
});

test("a child process that still runs is named", async () => {
  const leaks = trackLeaks();
  // The first check also waits until what was open before has been listed.
  await leaks.check();
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  await expect(leaks.check({ deadlineMs: 100 })).rejects.toThrow(`process ${child.pid} (sleep 60)`);
  child.kill("SIGKILL");
  await leaks.check();
});

test("a server that still listens is named", async () => {
  const leaks = trackLeaks();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  await expect(leaks.check({ deadlineMs: 100 })).rejects.toThrow(/1 more TCPServerWrap/);
  server.close();
  await leaks.check();
});
