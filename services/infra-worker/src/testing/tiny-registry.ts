/** A registry on this machine that has one image, with one empty layer: what is needed to see a pull. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";

/** Serves `acme/tiny:1`. */
export async function tinyRegistry() {
  const digest = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const tar = Buffer.alloc(1024);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [digest(tar)] },
    }),
  );
  const docker = "application/vnd.docker";
  const part = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    size: bytes.length,
    digest: digest(bytes),
  });
  const manifestType = `${docker}.distribution.manifest.v2+json`;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: part(`${docker}.container.image.v1+json`, config),
      layers: [part(`${docker}.image.rootfs.diff.tar.gzip`, layer)],
    }),
  );
  const answers = new Map([
    ["/v2/", { type: "application/json", bytes: Buffer.from("{}") }],
    ["/v2/acme/tiny/manifests/1", { type: manifestType, bytes: manifest }],
    [`/v2/acme/tiny/manifests/${digest(manifest)}`, { type: manifestType, bytes: manifest }],
    ...[layer, config].map(
      (bytes) =>
        [`/v2/acme/tiny/blobs/${digest(bytes)}`, { type: "application/octet-stream", bytes }] as const,
    ),
  ]);
  const server = createServer((request, response) => {
    const answer = answers.get(request.url ?? "");
    if (answer === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] }));
      return;
    }
    response.writeHead(200, {
      "content-type": answer.type,
      "content-length": answer.bytes.length,
      "docker-content-digest": digest(answer.bytes),
    });
    response.end(request.method === "HEAD" ? undefined : answer.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
