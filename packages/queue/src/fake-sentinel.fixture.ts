/** A Sentinel that answers when it is told to: a real one can't be stopped between a question and its answer. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";

export class FakeSentinel implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  readonly #master: URL;
  #holding = false;

  private constructor(masterUrl: string) {
    this.#master = new URL(masterUrl);
  }

  /** Says that the master is at this `redis://` address. */
  static async of(masterUrl: string): Promise<FakeSentinel> {
    const sentinel = new FakeSentinel(masterUrl);
    sentinel.#server.listen(0, "127.0.0.1");
    await once(sentinel.#server, "listening");
    return sentinel;
  }

  /** As `REDIS_URL` takes it, with the master's credential. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the Sentinel does not listen");
    const { username, password } = this.#master;
    return `redis+sentinel://${username}:${password}@127.0.0.1:${address.port}/fake`;
  }

  /** How many questions for the master wait for their answer. */
  get asked(): number {
    return this.#held.length;
  }

  /** How many are told of failovers. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** From now on answers wait for `answer`. */
  hold(): void {
    this.#holding = true;
  }

  answer(): void {
    this.#holding = false;
    for (const send of this.#held.splice(0)) send();
  }

  /** Tells all that listen now that there is another master. */
  announceFailover(): void {
    const parts = ["message", "+switch-master", "fake 127.0.0.1 1 127.0.0.1 2"];
    for (const socket of this.#listeners) socket.write(array(parts));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#listeners.delete(socket);
    });
    let unread = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      unread += text;
      for (let command = firstCommand(unread); command !== null; command = firstCommand(unread)) {
        unread = unread.slice(command.length);
        this.#reply(socket, command.words);
      }
    });
  }

  #reply(socket: Socket, [name = "", subject = ""]: readonly string[]): void {
    const { hostname, port } = this.#master;
    switch (`${name} ${subject}`.toLowerCase()) {
      case "sentinel get-master-addr-by-name":
        if (this.#holding) this.#held.push(() => socket.write(array([hostname, port])));
        else socket.write(array([hostname, port]));
        return;
      case "sentinel sentinels":
        socket.write("*0\r\n");
        return;
      case "subscribe +switch-master":
        this.#listeners.add(socket);
        socket.write(`*3\r\n${bulk("subscribe")}${bulk(subject)}:1\r\n`);
        return;
      default:
        socket.write(
          name.toLowerCase() === "hello" ? "-NOPROTO unsupported protocol version\r\n" : "+OK\r\n",
        );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const array = (parts: readonly string[]) => `*${parts.length}\r\n${parts.map(bulk).join("")}`;

/** The first whole command of `text`, and how much of the text it is. */
function firstCommand(text: string): { words: string[]; length: number } | null {
  const lines = text.split("\r\n");
  const count = Number(lines[0]?.slice(1));
  const whole = 1 + 2 * count;
  if (!(count > 0) || lines.length <= whole) return null;
  const command = lines.slice(0, whole);
  return {
    words: command.filter((_, line) => line > 0 && line % 2 === 0),
    length: command.join("\r\n").length + 2,
  };
}
