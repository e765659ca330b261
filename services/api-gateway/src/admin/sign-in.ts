/**
 * Signing in for a browser, which can't send a key in a header: a form takes the key and keeps it in a cookie that no script
 * can read, no other site can use, and no other part of this host is sent.
 */
import { DroverError } from "@drover/errors";
import express, { type Express, type Request, type Response } from "express";
import { tokenCookie } from "../credentials.ts";
import { verifyCredential } from "../middleware/authenticate.ts";
import { securityHeaders } from "../middleware/security-headers.ts";
import { stateOf } from "../request-state.ts";
import { isSameOrigin } from "../same-origin.ts";
import type { Services } from "../services.ts";

const sessionMs = 8 * 60 * 60 * 1000;
const formBytesMax = 4 * 1024;
/** Wide enough for the pages that need it; the cookie of the same name that Coder sets for the whole host stays as it is. */
const cookiePath = "/admin";
export const signInPath = "/admin/login";
export const boardPath = "/admin/queues";

const form = (fault: string | null) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drover: sign in</title>
<style>
body { font-family: system-ui, sans-serif; max-width: 26rem; margin: 6rem auto; padding: 0 1rem; color: #1d2733; }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .5rem; }
p[role=alert] { color: #a30d11; }
</style>
</head>
<body>
<h1>Drover</h1>
<form method="post" action="${signInPath}">
<label for="key">API key</label>
<input id="key" name="key" type="password" autocomplete="off" required autofocus>
<button>Sign in</button>
</form>
${fault === null ? "" : `<p role="alert">${fault}</p>`}
</body>
</html>
`;

function cookieOptions(request: Request) {
  return { httpOnly: true, sameSite: "strict", secure: request.secure, path: cookiePath } as const;
}

function keyOf(body: unknown): string {
  const key = typeof body === "object" && body !== null && "key" in body ? body.key : "";
  return typeof key === "string" ? key.trim() : "";
}

function requireOwnPage(request: Request): void {
  if (isSameOrigin(request.headers, request.host)) return;
  throw new DroverError("forbidden", { detail: "Signing in works from our own page only." });
}

export function serveSignIn(app: Express, services: Services): void {
  const begin = (_request: Request, response: Response, next: () => void) => {
    stateOf(response).route = signInPath;
    response.setHeader("Cache-Control", "no-store");
    next();
  };
  app.use("/admin", securityHeaders("page"), begin);

  app.get(signInPath, (_request, response) => {
    response.type("html").send(form(null));
  });

  app.post(
    signInPath,
    express.urlencoded({ extended: false, limit: formBytesMax }),
    async (request, response) => {
      requireOwnPage(request);
      const token = keyOf(request.body);
      try {
        await verifyCredential(services.authentication, { token, source: "header" }, request.ip ?? "unknown");
      } catch (error) {
        if (!(error instanceof DroverError) || error.code !== "unauthenticated") throw error;
        response.status(401).type("html").send(form("This key is not valid."));
        return;
      }
      response.cookie(tokenCookie, token, { ...cookieOptions(request), maxAge: sessionMs });
      response.redirect(303, boardPath);
    },
  );

  app.post("/admin/logout", (request, response) => {
    requireOwnPage(request);
    response.clearCookie(tokenCookie, cookieOptions(request));
    response.redirect(303, signInPath);
  });
}
