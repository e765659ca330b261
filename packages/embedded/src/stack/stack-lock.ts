/**
 * One stack per folder: two on the same data would destroy it. The lock is a listening socket, so it is gone with its
 * process, however that ended.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { StackFailure } from "./stack-failure.ts";

/** @throws StackFailure when another stack runs on `directory` */
export async function lockDirectory(directory: string): Promise<AsyncDisposable> {
  // Not inside the folder: the path of a socket must be short.
  const name = createHash("sha256").update(resolve(directory)).digest("hex").slice(0, 20);
  const path = join(tmpdir(), `drover-${name}.lock`);
  if (await answers(path)) throw new StackFailure(`Another Drover runs on ${directory}. Stop it first.`);
  await rm(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  server.unref();
  server.listen(path);
  await once(server, "listening").catch((error: unknown) => {
    throw new StackFailure(`Another Drover starts on ${directory} right now.`, { cause: error });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    const finish = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}
