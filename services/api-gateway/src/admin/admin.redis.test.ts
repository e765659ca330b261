import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bench, echo, idOf, startBench } from "../gateway.bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ limits: { failuresPerMinute: 3 } });
});
afterAll(() => bench[Symbol.asyncDispose]());

const board = "//admin/queues";
const form = (key: string, headers: Record<string, string> = {}) =>
  fetch(`${bench.gateway.url}/admin/login`, {
    method: "POST",
    redirect: "manual",
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams({ key }),
  });

/** Addresses that a browser would fetch on its own. */
const foreignAddresses = (html: string) => html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g) ?? [];

describe("the queue board", () => {
  test("is shown to who may read the site's queues, and asks no other server", async () => {
    const page = await bench.owner.call("GET", board);
    expect(page.status).toBe(200);
    expect(page.text).toContain('<div id="root">');
    expect(foreignAddresses(page.text)).toEqual([]);
    const policy = page.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|unsafe-eval/);
    const [, script] = /src="(static\/js\/main[^"]+)"/.exec(page.text) ?? [];
    expect((await bench.owner.call("GET", `${board}/${script}`)).status).toBe(200);
  });

  test("shows every queue, and of a job its id and nothing that was submitted", async () => {
    const made = await bench.owner.call("POST", "/execute", { body: echo("a private matter") });
    const queues = await bench.owner.call(
      "GET",
      `${board}/api/queues?activeQueue=diagnostics&status=prioritized`,
    );
    expect(queues.body).toMatchObject({
      queues: expect.arrayContaining(
        ["opencode", "diagnostics", "workflow", "dead-letter"].map((name) =>
          expect.objectContaining({ name }),
        ),
      ),
    });
    expect(queues.text).toContain(idOf(made.body));
    expect(queues.text).not.toContain("a private matter");
  });

  test("is neither shown nor served to anybody else", async () => {
    expect((await bench.nobody.call("GET", `${board}/api/queues`)).status).toBe(401);
    const orgOwner = await bench.caller({ role: "owner", organization_id: "org-a" });
    expect((await orgOwner.call("GET", board)).status).toBe(403);
  });

  test("a viewer looks and does not act", async () => {
    const viewer = await bench.caller({ role: "viewer" });
    expect((await viewer.call("GET", `${board}/api/queues`)).status).toBe(200);
    expect((await viewer.call("PUT", `${board}/api/queues/docker/pause`)).status).toBe(403);
    expect((await bench.owner.call("PUT", `${board}/api/queues/docker/pause`)).status).toBe(200);
    expect((await bench.owner.call("GET", "/status/docker")).body).toMatchObject({ queue: { paused: true } });
  });
});

describe("signing in", () => {
  test("a browser without a key is led to the form, and from there to the board", async () => {
    const led = await bench.nobody.call("GET", board, { headers: { Accept: "text/html,*/*;q=0.8" } });
    expect(led.status).toBe(302);
    expect(led.headers.get("Location")).toBe("/admin/login");
    const page = await bench.nobody.call("GET", "//admin/login");
    expect(page.text).toContain('<form method="post" action="/admin/login">');

    const signedIn = await form(bench.owner.key, { Origin: bench.gateway.url });
    expect(signedIn.status).toBe(303);
    expect(signedIn.headers.get("Location")).toBe("/admin/queues");
    const cookie = signedIn.headers.get("Set-Cookie") ?? "";
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).toContain("Path=/admin");
    const [pair = ""] = cookie.split(";");
    const shown = await bench.nobody.call("GET", board, { headers: { Cookie: pair } });
    expect(shown.status).toBe(200);
    const act = (headers: Record<string, string>) =>
      bench.nobody.call("PUT", `${board}/api/queues/nix/pause`, { headers: { Cookie: pair, ...headers } });
    expect((await act({ Origin: "https://evil.example" })).status).toBe(403);
    expect((await act({ Origin: bench.gateway.url })).status).toBe(200);
  });

  test("another site cannot sign a browser in", async () => {
    expect((await form(bench.owner.key, { Origin: "https://evil.example" })).status).toBe(403);
  });

  test("signing out clears the cookie", async () => {
    const reply = await bench.nobody.call("POST", "//admin/logout");
    expect(reply.status).toBe(303);
    expect(reply.headers.get("Set-Cookie")).toContain("coder_session_token=;");
  });

  test("a wrong key is refused without a trace of it, and too many are slowed down", async () => {
    const wrong = `drv_nobody00_${"x".repeat(40)}`;
    const refused = await form(wrong);
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain(wrong);
    let status = refused.status;
    for (let i = 0; i < 5 && status === 401; i += 1) status = (await form(wrong)).status;
    expect(status).toBe(429);
  });
});

describe("the documents", () => {
  test("the page and all that it needs come from here", async () => {
    const page = await bench.nobody.call("GET", "//docs");
    expect(page.status).toBe(200);
    expect(foreignAddresses(page.text)).toEqual([]);
    const paths = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(paths.length).toBeGreaterThan(3);
    for (const path of paths) expect((await bench.nobody.call("GET", `/${path}`)).status).toBe(200);
    expect(page.headers.get("Content-Security-Policy")).not.toMatch(/https?:|unsafe-eval/);
    expect((await bench.nobody.call("GET", "//docs/initializer.js")).text).toContain("/openapi.json");
  });

  test("nothing else of the disk is served", async () => {
    for (const path of [
      "//docs/assets/package.json",
      "//docs/assets/..%2fpackage.json",
      "//docs/assets/%2e%2e/package.json",
    ]) {
      expect((await bench.nobody.call("GET", path)).status).toBe(404);
    }
  });
});
