/** What answers as a workspace's OpenCode does, or fails to, by path: for the tests of registration. */
import { createServer } from "node:http";
import { instance, listOf } from "@drover/contracts";

export interface FakeOpenCode extends AsyncDisposable {
  readonly url: string;
  /** Path and credential of each request. */
  readonly asked: readonly string[];
}

/** Its password is `right`. */
export async function fakeOpenCode(): Promise<FakeOpenCode> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(`${path} ${request.headers.authorization ?? ""}`);
    if (path.startsWith("/moved")) response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end();
    else if (request.headers.authorization !== `Basic ${btoa("opencode:right")}`)
      response.writeHead(401).end();
    else if (path.startsWith("/other")) response.end("<html>");
    else if (path.startsWith("/hanging")) response.write(" ");
    else if (path.startsWith("/endless")) response.end(`{"version":"${"9".repeat(200_000)}"}`);
    else if (path.startsWith("/next")) response.end(JSON.stringify({ healthy: true, version: "2.0.1" }));
    else response.end(JSON.stringify({ healthy: true, version: "1.18.33" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export const instancesOf = (body: unknown) => listOf("instances", instance).parse(body).instances;
