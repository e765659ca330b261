/**
 * What a container prints: the end of it is kept for the result, and all of it is told as it comes, gathered into a few
 * events a second however much is printed.
 */
import { StringDecoder } from "node:string_decoder";
import type { Payload } from "@drover/contracts";
import { BoundedText } from "./bounded-text.ts";
import type { LogFrame, OutputStream } from "./log-frames.ts";

const keptLength = 64 * 1024;
const eventLength = 32 * 1024;
const pauseMs = 200;

interface Channel {
  readonly decoder: StringDecoder;
  readonly kept: BoundedText;
  pending: BoundedText;
}

const channel = (): Channel => ({
  decoder: new StringDecoder("utf8"),
  kept: new BoundedText(keptLength),
  pending: new BoundedText(eventLength),
});

export interface CollectedOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Only the end of the output is there. */
  readonly truncated: boolean;
}

export class ContainerOutput implements Disposable {
  readonly #emit: (data: Payload) => void;
  readonly #channels: Readonly<Record<OutputStream, Channel>> = { stdout: channel(), stderr: channel() };
  #timer: NodeJS.Timeout | undefined;

  /** @param emit told `{"stream", "text"}`, and `"skipped"` characters where more came than an event takes */
  constructor(emit: (data: Payload) => void = () => {}) {
    this.#emit = emit;
  }

  add({ stream, bytes }: LogFrame): void {
    const { decoder, kept, pending } = this.#channels[stream];
    const text = decoder.write(bytes);
    kept.append(text);
    pending.append(text);
    this.#timer ??= setTimeout(() => this.flush(), pauseMs).unref();
  }

  /** Tells at once what has not been told yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const stream of ["stdout", "stderr"] as const) {
      const { pending } = this.#channels[stream];
      const text = pending.take();
      if (text === "") continue;
      this.#channels[stream].pending = new BoundedText(eventLength);
      this.#emit({ stream, text, ...(pending.cut === 0 ? {} : { skipped: pending.cut }) });
    }
  }

  collected(): CollectedOutput {
    const { stdout, stderr } = this.#channels;
    return {
      stdout: stdout.kept.take(),
      stderr: stderr.kept.take(),
      truncated: stdout.kept.cut + stderr.kept.cut > 0,
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
