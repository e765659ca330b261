/** Starts the demo model in this process. */
import { once } from "node:events";
import { createServer } from "node:http";
import { createApp } from "./app.ts";

export interface DemoModelOptions {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Absent: only this machine can reach it. */
  readonly host?: string;
}

export interface DemoModel extends AsyncDisposable {
  /** Base address for OpenAI clients, e.g. `http://127.0.0.1:4890/v1`. */
  readonly url: string;
}

/** @throws the system's error (`EADDRINUSE`, …) when it cannot listen */
export async function startDemoModel(options: DemoModelOptions = {}): Promise<DemoModel> {
  const { port = 0, host = "127.0.0.1" } = options;
  const server = createServer(createApp());
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const actualPort = typeof address === "object" && address !== null ? address.port : port;
  const authority = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${authority}:${actualPort}/v1`,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      // Answers that were told to hang or to be slow would keep it open for ever.
      server.closeAllConnections();
      await closed;
    },
  };
}
