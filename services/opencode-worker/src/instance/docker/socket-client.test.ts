import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSocket } from "./socket-client.ts";

let folder: string;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-socket-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true, force: true });
});

async function serve(name: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === "/moved") response.writeHead(302, { location: "http://127.0.0.1:1/" });
    if (request.url === "/nothing") response.writeHead(204);
    request.setEncoding("utf8").on("data", (text: string) => response.write(`${name} heard ${text}`));
    request.on("end", () => response.end());
  });
  servers.push(server);
  const path = join(folder, name);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

const ask = (client: { fetch: typeof fetch } | null, path = "/") =>
  client?.fetch(new Request(`http://x${path}`, { method: "POST", body: "hello" }));

describe.skipIf(process.platform !== "linux")("a server behind a socket", () => {
  test("is asked like any other, however long the path is", async () => {
    const long = join(folder, "f".repeat(120));
    await using client = await openSocket(await serve("one"));
    expect(await (await ask(client))?.text()).toBe("one heard hello");
    expect((await ask(client, "/nothing"))?.status).toBe(204);
    await rename(join(folder, "one"), long);
    await using far = await openSocket(long);
    expect(await (await ask(far))?.text()).toBe("one heard hello");
  });

  test("is no longer asked when something else lies at its path", async () => {
    const path = await serve("one");
    await using client = await openSocket(path);
    await rename(path, join(folder, "kept"));
    await symlink(await serve("two"), path);
    expect(await (await ask(client))?.text()).toBe("one heard hello");
  });

  test("is none where a link, a file or nothing lies", async () => {
    await symlink(await serve("one"), join(folder, "link"));
    await writeFile(join(folder, "file"), "");
    for (const name of ["link", "file", "nothing"])
      expect(await openSocket(join(folder, name)), name).toBeNull();
  });

  test("cannot send the worker elsewhere", async () => {
    await using client = await openSocket(await serve("one"));
    await expect(ask(client, "/moved")).rejects.toThrow();
  });
});
