import { expect, test } from "vitest";
import { Engine, EngineDeadline } from "./engine.ts";
import { connectionOptions } from "./engine-address.ts";

const nowhere = new Engine({ host: "unix:///nowhere.sock", certPath: undefined });
const never = new AbortController().signal;
const forever = () => new Promise<never>(() => {});

test("a call that gets no answer in time is tried again, and says that the engine does not answer", async () => {
  await expect(nowhere.call("wait", never, forever, 20)).rejects.toMatchObject({
    name: "RetryableFailure",
    code: "docker_unavailable",
    cause: expect.any(EngineDeadline),
  });
  await expect(nowhere.call("ping", never, (signal) => nowhere.ping(signal))).rejects.toMatchObject({
    code: "docker_unavailable",
    message: "The Docker engine does not answer (ENOENT).",
  });
});

test("a call that is aborted ends with the reason of the abort, whatever the engine does", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const call = nowhere.call("wait", abort.signal, forever);
  abort.abort(reason);
  await expect(call).rejects.toBe(reason);
  await expect(nowhere.call("wait", abort.signal, forever)).rejects.toBe(reason);
});

test.each([
  ["unix:///var/run/docker.sock", { socketPath: "/var/run/docker.sock", protocol: "http" }],
  ["tcp://engine:2375", { host: "engine", port: "2375", protocol: "http", socketPath: undefined }],
  ["https://engine", { host: "engine", port: "2376", protocol: "https" }],
])("%s is an address", (host, options) => {
  expect(connectionOptions({ host, certPath: undefined })).toMatchObject(options);
});
