/** What people look at with a browser, and what machines scrape: all of it comes from here. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Answer, ask } from "../e2e/api.ts";
import { documentText, expectError } from "./document.ts";
import { anotherAddress, type World } from "./world.ts";

const board = "/admin/queues";
const browser = { Accept: "text/html,application/xhtml+xml" };

/** Everything that a page makes a browser fetch. */
function fetchedBy(page: string): string[] {
  const tags = page.match(/<(?:link|script|img|iframe|base|form|object|embed|source)\b[^>]*>/gi) ?? [];
  return tags.flatMap((tag) => /\b(?:href|src|action|data)="([^"]*)"/i.exec(tag)?.[1] ?? []);
}

/** The same of a style sheet. */
const fetchedByStyles = (css: string): string[] =>
  [...css.matchAll(/@import\s+["']?([^"';]+)|url\(\s*["']?([^"')]+)/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );

/** A browser that heeds it fetches from nowhere else, whatever a script says. */
function expectClosedPolicy(answer: Answer): void {
  const policy = answer.headers.get("Content-Security-Policy") ?? "";
  const directives = policy.split(";").map((directive) => directive.trim().split(/\s+/));
  expect(directives).toContainEqual(["default-src", "'none'"]);
  for (const [name = "", ...sources] of directives) {
    const known = name === "style-src" ? ["'self'", "'unsafe-inline'"] : ["'self'", "'none'", "data:"];
    expect(
      sources.filter((source) => !known.includes(source)),
      name,
    ).toEqual([]);
  }
}

/** Follows what a page fetches; every part must come from this origin and be there. */
async function expectWhole(world: World, page: Answer, base: string, key: string | null): Promise<number> {
  const local = fetchedBy(page.text).filter((reference) => !reference.startsWith("data:"));
  for (const reference of local) {
    const url = new URL(reference, `${world.stack.url}${base}`);
    expect(url.origin, reference).toBe(world.stack.url);
    const part = await ask(world.stack, url.pathname, { key });
    expect(part.status, reference).toBe(200);
    if (!part.headers.get("Content-Type")?.startsWith("text/css")) continue;
    for (const inner of fetchedByStyles(part.text))
      expect(inner, reference).toMatch(/^(?:data:|#|(?!\/\/|[a-z]+:))/);
  }
  return local.length;
}

export function testPages(world: World): void {
  describe("pages", () => {
    test("the document that is checked in is served to everybody", async () => {
      const served = await ask(world.stack, "/openapi.json", { key: null });
      expect([served.status, served.headers.get("Content-Type")]).toEqual([
        200,
        "application/json; charset=utf-8",
      ]);
      expect(served.body).toEqual(JSON.parse(documentText));
    });

    test("the documentation is served with all that it needs, to everybody, and asks nobody else", async () => {
      const page = await ask(world.stack, "/docs", { key: null, headers: browser });
      expect(page.status).toBe(200);
      expect(page.headers.get("Content-Type")).toContain("text/html");
      expectClosedPolicy(page);
      expect(await expectWhole(world, page, "/docs", null)).toBeGreaterThan(3);
      const initializer = await ask(world.stack, "/docs/initializer.js", { key: null });
      expect(initializer.text).toContain("validatorUrl: null");
      expect(initializer.text).not.toContain("http");
    });

    test("the queue board asks for a key: a page to sign in for a browser, 401 for the rest", async () => {
      const headers = anotherAddress();
      const plain = await ask(world.stack, board, { key: null, headers });
      expect([plain.status, expectError(plain)]).toEqual([401, "unauthenticated"]);
      expect(plain.headers.get("WWW-Authenticate")).toBe('Bearer realm="drover"');
      const sent = await fetch(`${world.stack.url}${board}`, { headers: browser, redirect: "manual" });
      expect([sent.status, sent.headers.get("Location")]).toEqual([302, "/admin/login"]);
      const api = await ask(world.stack, `${board}/api/queues`, { key: null, headers });
      expect(api.status).toBe(401);
      const form = await ask(world.stack, "/admin/login", { key: null, headers: browser });
      expect([form.status, fetchedBy(form.text)]).toEqual([200, ["/admin/login"]]);
      expectClosedPolicy(form);
    });

    test("signing in keeps the key in a cookie that only the board is sent", async () => {
      const signIn = (key: string) =>
        fetch(`${world.stack.url}/admin/login`, {
          method: "POST",
          body: new URLSearchParams({ key }),
          headers: { ...anotherAddress(), Origin: world.stack.url },
          redirect: "manual",
        });
      const wrong = await signIn("drv_nobody12_x");
      expect([wrong.status, wrong.headers.get("Set-Cookie")]).toEqual([401, null]);
      const right = await signIn(world.stack.key);
      expect([right.status, right.headers.get("Location")]).toEqual([303, board]);
      const cookie = right.headers.get("Set-Cookie") ?? "";
      for (const attribute of ["Path=/admin", "HttpOnly", "SameSite=Strict"])
        expect(cookie).toContain(attribute);
      const headers = { ...browser, Cookie: cookie.split(";")[0] ?? "" };
      expect((await ask(world.stack, board, { key: null, headers })).status).toBe(200);
    });

    test("the queue board shows every queue to whoever may look, and asks nobody else", async () => {
      const page = await ask(world.stack, board, { headers: browser });
      expect(page.status).toBe(200);
      expectClosedPolicy(page);
      expect(await expectWhole(world, page, `${board}/`, world.stack.key)).toBeGreaterThan(2);
      const { body } = await ask(world.stack, `${board}/api/queues`);
      const { queues } = z.object({ queues: z.array(z.object({ name: z.string() })) }).parse(body);
      expect(queues.map(({ name }) => name)).toEqual(expect.arrayContaining(["opencode", "workflow"]));
    });

    test("on the queue board a viewer of the site looks and changes nothing; who is of one organization stays out", async () => {
      const keyOf = async (grant: object) => {
        const made = await world.call("createKey", { body: { name: "board", roles: [grant] } });
        return z.object({ key: z.string() }).parse(made.body).key;
      };
      const viewer = await keyOf({ role: "viewer" });
      const tenant = await keyOf({ role: "owner", organization_id: "default" });
      const pause = `${board}/api/queues/nix/pause`;
      expect((await ask(world.stack, board, { key: viewer })).status).toBe(200);
      const refused = await ask(world.stack, pause, { method: "PUT", key: viewer });
      expect([refused.status, expectError(refused)]).toEqual([403, "forbidden"]);
      for (const path of [board, `${board}/api/queues`])
        expect((await ask(world.stack, path, { key: tenant })).status).toBe(403);
      const isPaused = async () => {
        const queues = await world.call("listQueues");
        return Object(queues.body)["queues"].find(({ name }: { name: string }) => name === "nix").paused;
      };
      expect(await isPaused()).toBe(false);
      expect((await ask(world.stack, pause, { method: "PUT" })).status).toBe(200);
      expect(await isPaused()).toBe(true);
      await world.call("resumeQueue", { params: { queue_name: "nix" } });
    });

    test("every service serves its metrics, on a port of its own", async () => {
      for (const { metricsUrl, definition } of world.stack.services) {
        const response = await fetch(metricsUrl());
        expect([response.status, definition.name]).toEqual([200, definition.name]);
        expect(response.headers.get("Content-Type")).toMatch(/^text\/plain;.*version=/);
        const text = await response.text();
        expect(text).toContain("process_cpu_seconds_total");
        if (definition.kind === "http")
          expect(text).toMatch(/drover_http_request_duration_seconds_count\{.*\} \d+/);
        else expect(text).toContain("# TYPE drover_attempts_total counter");
      }
    });
  });
}
