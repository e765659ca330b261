/** A real npm registry over HTTP, with one package, for the tests: no internet is needed. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface StubRegistry extends AsyncDisposable {
  readonly url: string;
  /** Of the package's tarball. */
  readonly integrity: string;
  /** How often a tarball was asked for. */
  readonly fetched: number;
  /** Sends other bytes from now on. */
  tamper(): void;
  /** Answers 503 while true. */
  down: boolean;
}

/** @param files of the package, `package.json` among them */
export async function startRegistry(
  name: string,
  version: string,
  files: Readonly<Record<string, string>>,
): Promise<StubRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "drover-registry-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, "package", path)), { recursive: true });
    await writeFile(join(folder, "package", path), text);
  }
  await run("tar", ["-czf", join(folder, "package.tgz"), "-C", folder, "package"]);
  let tarball = await readFile(join(folder, "package.tgz"));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const state = { fetched: 0, down: false };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    if (state.down) response.writeHead(503).end();
    else if (path === "/package.tgz") {
      state.fetched += 1;
      response.end(tarball);
    } else if (path === `/${name}`) {
      const dist = { tarball: `${url()}/package.tgz`, integrity };
      const document = {
        name,
        "dist-tags": { latest: version },
        versions: { [version]: { name, version, dist } },
      };
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(document));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = () => {
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  };
  return {
    url: url(),
    integrity,
    get fetched() {
      return state.fetched;
    },
    get down() {
      return state.down;
    },
    set down(value) {
      state.down = value;
    },
    tamper() {
      tarball = Buffer.concat([tarball, Buffer.from("more")]);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
