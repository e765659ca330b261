/**
 * Two connected sockets of this process.
 *
 * Node's HTTP/2 takes any stream for its connection, but one that is no socket of the system goes through an adapter that ends the
 * whole process with a failed assertion when the stream breaks off while a write is under way (Node 20 and later, `JSStreamSocket`).
 * A workspace that loses its connection would end the gateway. Over a real socket that cannot happen.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

const deadlineMs = 5_000;

/** @throws Error when the loopback interface does not let them meet in time */
export async function socketPair(): Promise<[Socket, Socket]> {
  const signal = AbortSignal.timeout(deadlineMs);
  const server = createServer({ noDelay: true });
  let near: Socket | undefined;
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening", { signal });
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the listener has no port");
    const mine = connect({ host: "127.0.0.1", port: address.port, noDelay: true });
    near = mine;
    const far = new Promise<Socket>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      server.on("connection", (socket) => {
        // Whoever else on this machine found the port is not let in.
        if (socket.remotePort === mine.localPort) resolve(socket);
        else socket.destroy();
      });
    });
    const [accepted] = await Promise.all([far, once(mine, "connect", { signal })]);
    return [mine, accepted];
  } catch (error) {
    near?.destroy();
    throw error;
  } finally {
    server.close();
  }
}
