/** The last that a container wrote, kept to say why it did not start. */
import { PassThrough } from "node:stream";
import type Docker from "dockerode";

const lengthMax = 2_000;

export class OutputTail implements Disposable {
  readonly #stream: object;
  #text = "";

  private constructor(stream: object) {
    this.#stream = stream;
  }

  /** Before the container starts, so that nothing is missed. */
  static async attach(
    docker: Docker,
    container: Docker.Container,
    abortSignal: AbortSignal,
  ): Promise<OutputTail> {
    const options = { stream: true, stdout: true, stderr: true, abortSignal };
    const stream = await container.attach(options);
    const tail = new OutputTail(stream);
    const sink = new PassThrough();
    sink.setEncoding("utf8").on("data", (text: string) => {
      tail.#text = (tail.#text + text).slice(-lengthMax);
    });
    stream.on("error", () => undefined); // the engine is gone; the instance's end says so
    docker.modem.demuxStream(stream, sink, sink);
    return tail;
  }

  get text(): string {
    return this.#text.trim();
  }

  [Symbol.dispose](): void {
    const stream = this.#stream;
    if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
  }
}
