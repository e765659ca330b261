import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createLogger } from "./logger.ts";

function written(log: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  let text = "";
  const into = new Writable({
    write(piece, _encoding, done) {
      text += String(piece);
      done();
    },
  });
  log(createLogger({ service: "test", level: "info", into }));
  return JSON.parse(text);
}

test("no value under the name of a secret is logged, down to three levels, in objects, lists and errors", () => {
  const error = Object.assign(new Error("no"), {
    password: "hunter2",
    request: { authorization: "hunter2" },
  });
  const fields = {
    token: "hunter2",
    headers: { cookie: "hunter2", "coder-session-token": "hunter2", accept: "text/html" },
    a: { b: { secret: "hunter2" } },
    list: [{ key: "hunter2" }, 1],
    err: error,
  };
  const line = written((logger) => logger.info(fields, "said"));
  expect(JSON.stringify(line)).not.toContain("hunter2");
  expect(line).toMatchObject({
    msg: "said",
    token: "[redacted]",
    headers: { accept: "text/html" },
    list: [{ key: "[redacted]" }, 1],
    err: { type: "Error", message: "no", password: "[redacted]" },
  });
});

test("what is logged is not changed by it", () => {
  const fields = { headers: { cookie: "kept" } };
  written((logger) => logger.info(fields, "said"));
  expect(fields).toEqual({ headers: { cookie: "kept" } });
});

test("a line without secrets has its fields, its service and its level", () => {
  const line = written((logger) =>
    logger.info({ attempt: 1, at: new Date(0), nothing: null }, "task started"),
  );
  expect(line).toMatchObject({
    level: "info",
    service: "test",
    attempt: 1,
    at: "1970-01-01T00:00:00.000Z",
    nothing: null,
    msg: "task started",
  });
});
