import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TcpProxy } from "./tcp-proxy.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

let echo: Server;
let proxy: TcpProxy;
beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const address = echo.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  proxy = await TcpProxy.listen(() => port);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  const closed = once(echo, "close");
  echo.close();
  await closed;
});

interface Talk {
  readonly socket: Socket;
  heard: string;
  ended: string | null;
}

async function talk(): Promise<Talk> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1" });
  const said: Talk = { socket, heard: "", ended: null };
  socket.on("data", (piece) => {
    said.heard += piece.toString();
  });
  socket.on("error", (error) => {
    said.ended = "code" in error ? String(error.code) : "error";
  });
  await once(socket, "connect");
  return said;
}

test("what is said goes through, and a cut is a reset", async () => {
  const said = await talk();
  said.socket.write("hello");
  await eventually(() => said.heard === "hello");
  proxy.cut();
  await eventually(() => said.ended === "ECONNRESET");
});

test("a stall holds everything up without a word, and lets it go in order", async () => {
  const before = await talk();
  before.socket.write("1");
  await eventually(() => before.heard === "1");
  proxy.stall();
  const during = await talk();
  before.socket.write("2");
  during.socket.write("3");
  proxy.flow();
  await eventually(() => before.heard === "12" && during.heard === "3");
  expect([before.ended, during.ended]).toEqual([null, null]);
  before.socket.destroy();
  during.socket.destroy();
});

test("a delay changes no order, also when it ends", async () => {
  const said = await talk();
  proxy.delay(50);
  const startMs = performance.now();
  said.socket.write("slow ");
  await eventually(() => said.heard === "slow ");
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(100);
  said.socket.write("a");
  proxy.delay(0);
  said.socket.write("b");
  await eventually(() => said.heard === "slow ab");
  said.socket.destroy();
});
