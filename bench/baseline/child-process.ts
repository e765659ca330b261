/** A process of the baseline and its parent: told what to serve, says when it does, ends with its parent. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { z } from "zod";

const orders = z.object({ redisUrl: z.string(), concurrency: z.number() });
type Orders = z.infer<typeof orders>;

const ready = z.object({ port: z.number() });

/** In the child: `serve` answers the port that it listens on, or 0. */
export async function serveParent(
  child: NodeJS.Process,
  serve: (orders: Orders) => Promise<number>,
): Promise<void> {
  child.once("disconnect", () => child.exit(0));
  const [message] = await once(child, "message");
  child.send?.({ port: await serve(orders.parse(message)) });
}

export interface BaselineProcess extends AsyncDisposable {
  readonly pid: number | null;
  /** 0 when it listens on none. */
  readonly port: number;
}

/** In the parent. @throws Error when the child ends before it serves */
export async function startBaseline(main: URL, told: Orders): Promise<BaselineProcess> {
  const child = fork(main, {
    execArgv: ["--conditions=@drover/source", "--import", "tsx"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.send(told);
  const [message] = await Promise.race([once(child, "message"), ended(child)]);
  return {
    pid: child.pid ?? null,
    port: ready.parse(message).port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.disconnect();
      await exit;
    },
  };
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`a process of the baseline ended with ${String(code)} before it served`);
}
