/** The OpenAPI document and its page. Everything that the page needs is served from here; it asks nobody else. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { openApiDocument } from "@drover/contracts";
import express, { type Express } from "express";
import { securityHeaders } from "../middleware/security-headers.ts";
import { stateOf } from "../request-state.ts";

const require = createRequire(import.meta.url);

const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drover API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/initializer.js"></script>
</body>
</html>
`;

// Without a validator URL the page would ask a public service about the document.
const initializer = `window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
`;

const servedAssets = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

export function serveApiDocs(app: Express): void {
  const document = JSON.stringify(openApiDocument());
  const assets = dirname(require.resolve("swagger-ui-dist/package.json"));
  app.get("/openapi.json", (_request, response) => {
    stateOf(response).route = "/openapi.json";
    response.type("json").send(document);
  });
  app.use("/docs", securityHeaders("page"), (_request, response, next) => {
    stateOf(response).route = "/docs";
    next();
  });
  app.get("/docs", (_request, response) => {
    response.type("html").send(page);
  });
  app.get("/docs/initializer.js", (_request, response) => {
    response.type("js").send(initializer);
  });
  for (const name of servedAssets) {
    app.use(`/docs/assets/${name}`, express.static(`${assets}/${name}`, { maxAge: "1h" }));
  }
}
