/** The API that `generate_api` writes: an Express server, its manifest and its image. */

export function serverCode(headline: string): string {
  return `// ${headline}
import { fileURLToPath } from "node:url";
import express from "express";

const port = Number(process.env.PORT ?? 3000);
const webFolder = process.env.WEB_DIR ?? fileURLToPath(new URL("../web", import.meta.url));

const users = new Map([["1", { id: "1", name: "Ada Lovelace", email: "ada@example.com" }]]);
let nextId = 2;

export const app = express();
app.use(express.json({ limit: "100kb" }));
app.use(express.static(webFolder));

app.get("/healthz", (_request, response) => {
  response.json({ status: "ok" });
});

app.get("/users", (_request, response) => {
  response.json({ users: [...users.values()] });
});

app.get("/users/:id", (request, response) => {
  const user = users.get(request.params.id);
  if (user === undefined) {
    response.status(404).json({ message: "There is no such user." });
    return;
  }
  response.json(user);
});

app.post("/users", (request, response) => {
  const { name, email } = request.body ?? {};
  if (typeof name !== "string" || name === "" || typeof email !== "string" || !email.includes("@")) {
    response.status(400).json({ message: "A name and an email are required." });
    return;
  }
  const user = { id: String(nextId), name, email };
  nextId += 1;
  users.set(user.id, user);
  response.status(201).location(\`/users/\${user.id}\`).json(user);
});

const server = app.listen(port, () => {
  console.log(\`listening on \${port}\`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close());
`;
}

export const packageManifest = `${JSON.stringify(
  {
    name: "users-api",
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { start: "node server.js" },
    dependencies: { express: "^5.1.0" },
    engines: { node: ">=20" },
  },
  null,
  2,
)}\n`;

export const dockerfile = `FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app/api
COPY api/package.json ./
RUN npm install --omit=dev --no-audit --no-fund
COPY api/ ./
USER 1000:1000
EXPOSE 3000
CMD ["node", "server.js"]
`;
