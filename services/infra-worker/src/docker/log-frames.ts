/**
 * Takes a container's log stream apart: each frame has a header of eight bytes, the first of which says whether it is
 * stdout (1) or stderr (2), the last four how long the frame is.
 */
export type OutputStream = "stdout" | "stderr";

export interface LogFrame {
  readonly stream: OutputStream;
  readonly bytes: Buffer;
}

const headerBytes = 8;

export class LogFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames, or pieces of frames, that are complete with `chunk`. */
  *push(chunk: Buffer): Generator<LogFrame> {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    while (buffer.length - offset >= headerBytes) {
      const end = offset + headerBytes + buffer.readUInt32BE(offset + 4);
      if (end > buffer.length) break;
      yield {
        stream: buffer.readUInt8(offset) === 2 ? "stderr" : "stdout",
        bytes: buffer.subarray(offset + headerBytes, end),
      };
      offset = end;
    }
    this.#rest = Buffer.from(buffer.subarray(offset));
  }
}
