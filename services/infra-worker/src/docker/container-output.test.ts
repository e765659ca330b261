import { expect, test, vi } from "vitest";
import { ContainerOutput } from "./container-output.ts";
import { LogFrames } from "./log-frames.ts";

function frame(stream: 1 | 2, text: string): Buffer {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

test("frames come out whole however the stream is cut", () => {
  const stream = Buffer.concat([frame(1, "hé"), frame(2, ""), frame(2, "oops"), frame(1, "x".repeat(300))]);
  for (const size of [1, 3, 7, 8, 9, 100, stream.length]) {
    const frames = new LogFrames();
    const seen: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const { stream: name, bytes } of frames.push(stream.subarray(at, at + size)))
        seen.push(`${name}:${bytes}`);
    }
    expect(seen).toEqual(["stdout:hé", "stderr:", "stderr:oops", `stdout:${"x".repeat(300)}`]);
  }
});

test("a character that is cut in two arrives whole", () => {
  using output = new ContainerOutput();
  const bytes = Buffer.from("é");
  output.add({ stream: "stdout", bytes: bytes.subarray(0, 1) });
  output.add({ stream: "stdout", bytes: bytes.subarray(1) });
  expect(output.collected().stdout).toBe("é");
});

test("many pieces become one event, and what is too much is counted", () => {
  vi.useFakeTimers();
  try {
    const events: unknown[] = [];
    using output = new ContainerOutput((data) => events.push(data));
    for (let piece = 0; piece < 1000; piece++) output.add({ stream: "stdout", bytes: Buffer.from("a") });
    output.add({ stream: "stderr", bytes: Buffer.alloc(100_000, "b") });
    expect(events).toEqual([]);
    vi.advanceTimersByTime(200);
    expect(events).toEqual([
      { stream: "stdout", text: "a".repeat(1000) },
      { stream: "stderr", text: "b".repeat(32 * 1024), skipped: 100_000 - 32 * 1024 },
    ]);
    output.flush();
    expect(events).toHaveLength(2);
    expect(output.collected().truncated).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
