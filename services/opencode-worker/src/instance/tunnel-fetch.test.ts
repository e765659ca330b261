import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { TunnelPlace } from "@drover/instances";
import { tunnelFaultHeader, tunnelTokenHeader } from "@drover/tunnel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tunnelFetch } from "./tunnel-fetch.ts";

let gateway: Server;
let here: TunnelPlace;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const asked: string[] = [];

beforeEach(async () => {
  asked.length = 0;
  answer = (_request, response) => response.end("ok");
  gateway = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    asked.push(`${request.method} ${request.url} ${request.headers[tunnelTokenHeader]} ${body}`.trim());
    answer(request, response);
  });
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const address = gateway.address();
  here = { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, token: "t" };
});
afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
});

/** @param places what the directory answers, one after the other; the last one from then on */
function fetchThrough(places: (TunnelPlace | null)[], waitMaxMs = 5_000) {
  const directory = { find: async () => (places.length > 1 ? places.shift() : places[0]) ?? null };
  return tunnelFetch({ instanceId: "inst_1", directory, waitMaxMs });
}
const prompt = () =>
  new Request("http://opencode.invalid/session/s/prompt_async?a=1", { method: "POST", body: "do it" });
const look = () => new Request("http://opencode.invalid/session/status");
const fail = (fault: string) => (_request: IncomingMessage, response: ServerResponse) =>
  response.writeHead(502, { [tunnelFaultHeader]: fault }).end();

test("a request goes to whoever holds the tunnel, with the token, the path and the body", async () => {
  const response = await fetchThrough([here])(prompt());
  expect(await response.text()).toBe("ok");
  expect(asked).toEqual(["POST /inst_1/session/s/prompt_async?a=1 t do it"]);
});

test("a request that was not sent waits for the tunnel, whatever it is", async () => {
  const former = createServer().listen(0, "127.0.0.1");
  await once(former, "listening");
  const address = former.address();
  const dead = { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, token: "t" };
  former.close();
  answer = (request, response) => {
    if (asked.length === 1) fail("absent")(request, response);
    else if (asked.length === 2) fail("unreachable")(request, response);
    else response.end("ok");
  };
  const response = await fetchThrough([null, dead, here])(prompt());
  expect(await response.text()).toBe("ok");
  expect(asked).toHaveLength(3);
});

test("what may have been done is not done twice; what only looks is asked again", async () => {
  answer = fail("lost");
  await expect(fetchThrough([here])(prompt())).rejects.toMatchObject({ fault: "lost" });
  expect(asked).toHaveLength(1);
  answer = (request, response) => {
    if (asked.length === 2) request.socket.destroy();
    else response.end("ok");
  };
  expect(await (await fetchThrough([here])(look())).text()).toBe("ok");
  expect(asked).toHaveLength(3);
});

test("the wait has an end, and ends with the request's own signal", async () => {
  await expect(fetchThrough([null], 300)(look())).rejects.toMatchObject({ fault: "absent" });
  const signal = AbortSignal.timeout(100);
  await expect(fetchThrough([null])(new Request(look(), { signal }))).rejects.toMatchObject({
    name: expect.stringMatching(/TimeoutError|AbortError/),
  });
});

test("what OpenCode itself answers is its answer, also where it is an error or a redirect", async () => {
  answer = (_request, response) => response.writeHead(502).end("of OpenCode");
  expect((await fetchThrough([here])(look())).status).toBe(502);
  answer = (_request, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end();
  expect((await fetchThrough([here])(look())).status).toBe(302);
});
