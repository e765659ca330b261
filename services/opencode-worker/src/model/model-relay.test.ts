import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createLogger } from "@drover/observability";
import { eventually, trackLeaks } from "@drover/testing";
import { afterAll, expect, test } from "vitest";
import { ModelRelay } from "./model-relay.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const logger = createLogger({ service: "test", level: "silent" });
const apiKey = "sk-real-key";

async function endpoint(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { baseUrl: `http://127.0.0.1:${address.port}/v1/`, close, [Symbol.asyncDispose]: close };
}

const post = (url: string, token: string, signal?: AbortSignal) =>
  fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-session-id": "ses_1",
    },
    body: "{}",
    ...(signal === undefined ? {} : { signal }),
  });

test("the key is put in place of the token, and the answer streams through", async () => {
  const seen: IncomingMessage["headers"][] = [];
  await using upstream = await endpoint((request, response) => {
    seen.push(request.headers);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${request.url}\n\n`);
  });
  await using relay = await ModelRelay.open({ baseUrl: upstream.baseUrl, apiKey }, logger);
  const grant = relay.grant();
  const answer = await post(grant.url, grant.token);
  expect(await answer.text()).toBe("data: /v1/chat/completions\n\n");
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(seen[0]).toMatchObject({ authorization: `Bearer ${apiKey}`, "x-session-id": "ses_1" });
  expect(grant.fault()).toBeNull();
});

test("a stranger, a withdrawn token and a path beside the endpoint are refused", async () => {
  await using upstream = await endpoint((_request, response) => response.end("reached"));
  await using relay = await ModelRelay.open({ baseUrl: upstream.baseUrl, apiKey }, logger);
  const grant = relay.grant();
  expect((await post(grant.url, "guess")).status).toBe(401);
  expect((await post(grant.url.replace("/v1", "/other"), grant.token)).status).toBe(404);
  grant[Symbol.dispose]();
  expect((await post(grant.url, grant.token)).status).toBe(401);
});

test("a refusal is passed on and remembered without the key, until an answer comes", async () => {
  let fail = true;
  await using upstream = await endpoint((_request, response) => {
    response.writeHead(fail ? 429 : 200, { "retry-after": "7", "content-type": "application/json" });
    response.end(JSON.stringify({ error: { message: `slow down, ${apiKey}` } }));
  });
  await using relay = await ModelRelay.open({ baseUrl: upstream.baseUrl, apiKey }, logger);
  const grant = relay.grant();
  const other = relay.grant();
  const answer = await post(grant.url, grant.token);
  expect(answer.headers.get("retry-after")).toBe("7");
  expect(await answer.text()).not.toContain(apiKey);
  expect(grant.fault()).toEqual({ status: 429, message: "slow down, [redacted]" });
  expect(other.fault()).toBeNull();
  fail = false;
  await (await post(grant.url, grant.token)).text();
  await eventually(() => grant.fault() === null);
});

test("an endpoint that is down is a 502", async () => {
  const upstream = await endpoint(() => {});
  await upstream.close();
  await using relay = await ModelRelay.open({ baseUrl: upstream.baseUrl, apiKey: undefined }, logger);
  const grant = relay.grant();
  expect((await post(grant.url, grant.token)).status).toBe(502);
  expect(grant.fault()).toEqual({ status: null, message: "no answer (ECONNREFUSED)" });
});

test("an endpoint that is silent is given up in time, before its answer and within it", async () => {
  let begins = false;
  await using upstream = await endpoint((_request, response) => {
    if (!begins) return;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: {}");
  });
  await using relay = await ModelRelay.open({ baseUrl: upstream.baseUrl, apiKey, silenceMs: 1_000 }, logger);
  const grant = relay.grant();
  expect((await post(grant.url, grant.token)).status).toBe(502);
  const silent = { status: null, message: "It was silent for too long.", silent: true };
  expect(grant.fault()).toEqual(silent);
  grant[Symbol.dispose]();
  begins = true;
  const other = relay.grant();
  await expect(post(other.url, other.token).then((answer) => answer.text())).rejects.toThrow();
  expect(other.fault()).toEqual(silent);
});

test("who hangs up ends the request to the endpoint, and that is no fault of the model", async () => {
  let hungUp = false;
  let reached = false;
  await using upstream = await endpoint((request) => {
    reached = true;
    request.once("close", () => {
      hungUp = true;
    });
  });
  await using relay = await ModelRelay.open({ baseUrl: upstream.baseUrl, apiKey }, logger);
  const grant = relay.grant();
  const abort = new AbortController();
  const answer = post(grant.url, grant.token, abort.signal);
  await eventually(() => reached);
  abort.abort();
  await expect(answer).rejects.toThrow();
  await eventually(() => hungUp);
  expect(grant.fault()).toBeNull();
});
