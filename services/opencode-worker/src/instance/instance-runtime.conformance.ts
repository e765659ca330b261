/** What every runtime must hold, wherever its servers live: one suite, run by the tests of each with the real OpenCode. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RetryableFailure } from "@drover/errors";
import { eventually } from "@drover/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isHealthy } from "./health-probe.ts";
import type { Instance, InstanceRuntime, InstanceSpec } from "./instance-runtime.ts";

/** A runtime with what the suite needs to try it. Disposing it removes the surroundings, not the runtime. */
export interface RuntimeSubject extends AsyncDisposable {
  /** Its model obeys the directives of the demo model, e.g. `write a.txt: hello`. */
  readonly runtime: InstanceRuntime;
  /** A workspace that nobody has used, with an empty folder that the suite may write to. */
  workspace(): Promise<InstanceSpec>;
  /** Ends the instance's server as a crash would. */
  kill(instance: Instance): Promise<void>;
  /** What must never come out of an instance. */
  secrets(instance: Instance): Promise<readonly string[]>;
  /** A start that cannot succeed, for a reason of this runtime. */
  failingStart(): Promise<Instance>;
  /** What the runtime still holds outside of itself (processes, containers, sockets), by name. */
  leftovers(): Promise<readonly string[]>;
}

const startLimitMs = 100_000;
const promptLimitMs = 120_000;
const endLimitMs = 10_000;
const never = new AbortController().signal;

/** Has the instance's agent carry the directives out, and answers with all that it said and its tools answered. */
export async function prompted(instance: Instance, directives: string): Promise<string> {
  const { session } = instance.client;
  const directory = instance.spec.directory;
  const made = await session.create({ directory, title: "suite" });
  const sessionID = made.data?.id;
  if (sessionID === undefined) throw new Error(`no session: ${JSON.stringify(made.error)}`);
  const model = { providerID: "drover", modelID: "drover-demo" };
  await session.promptAsync({
    directory,
    sessionID,
    model,
    agent: "build",
    parts: [{ type: "text", text: directives }],
  });
  return await eventually(
    async () => {
      const { data: messages = [] } = await session.messages({ directory, sessionID });
      const last = messages.at(-1)?.info;
      if (last?.role !== "assistant" || last.time.completed === undefined) return false;
      if (last.error === undefined && last.finish === "tool-calls") return false;
      return JSON.stringify(messages);
    },
    { deadlineMs: promptLimitMs, intervalMs: 100 },
  );
}

export function runtimeConformance(name: string, setup: () => Promise<RuntimeSubject>): void {
  describe(`${name} is a conforming runtime`, () => {
    let subject: RuntimeSubject;
    let first: Instance;
    let second: Instance;
    beforeAll(async () => {
      subject = await setup();
      const [one, two] = [await subject.workspace(), await subject.workspace()];
      await writeFile(join(one.directory, "only-in-one.txt"), "one's own\n");
      [first, second] = await Promise.all([
        subject.runtime.start(one, never),
        subject.runtime.start(two, never),
      ]);
    }, 2 * startLimitMs);
    afterAll(async () => {
      await subject?.runtime[Symbol.asyncDispose]();
      await subject?.[Symbol.asyncDispose]();
    });

    test("an instance that has started answers, and says its version", async () => {
      expect(await isHealthy(first, 5_000)).toBe(true);
      expect(first.alive).toBe(true);
      expect(first.version).toMatch(/^1\.\d+\.\d+/);
      const health = await first.client.global.health();
      expect(health.data?.version).toBe(first.version);
      expect(first.modelFault()).toBeNull();
    });

    test("a prompt runs in it, and what its agent makes belongs to the owner of the workspace", async () => {
      const { directory } = first.spec;
      await prompted(first, "write made.txt: hello\nrun echo more > ran.txt");
      expect(await readFile(join(directory, "made.txt"), "utf8")).toBe("hello\n");
      expect(await readFile(join(directory, "ran.txt"), "utf8")).toBe("more\n");
      const { uid, gid } = await stat(directory);
      for (const file of ["made.txt", "ran.txt"]) {
        expect(await stat(join(directory, file)), file).toMatchObject({ uid, gid });
      }
    });

    test("two at once are apart: neither's files nor sessions show in the other", async () => {
      const [inFirst, inSecond] = await Promise.all([
        prompted(first, "run ls\nsay first"),
        prompted(second, "run ls\nsay second"),
      ]);
      expect(inFirst).toContain("only-in-one.txt");
      expect(inSecond).not.toContain("only-in-one.txt");
      const { directory } = second.spec;
      const files = await second.client.file.list({ directory, path: "." });
      expect(files.data?.map((file) => file.name)).not.toContain("only-in-one.txt");
      const sessionsOf = async ({ client, spec }: Instance) =>
        (await client.session.list({ directory: spec.directory })).data?.map(({ id }) => id) ?? [];
      const [ofFirst, ofSecond] = [await sessionsOf(first), await sessionsOf(second)];
      expect(ofSecond.length).toBeGreaterThan(0);
      expect(ofSecond.filter((id) => ofFirst.includes(id))).toEqual([]);
    });

    test("its secrets are taken out of what it says", async () => {
      const secrets = await subject.secrets(first);
      expect(secrets.length).toBeGreaterThan(0);
      const redacted = first.redact(`a ${secrets.join(" b ")} c`);
      for (const secret of secrets) expect(redacted).not.toContain(secret);
      expect(redacted).toMatch(/^a .* c$/);
    });

    test("a killed one says so, the other goes on, and its workspace can be served again", async () => {
      await subject.kill(first);
      expect(await first.exited).not.toBe("");
      expect(first.alive).toBe(false);
      expect(await isHealthy(first, 2_000)).toBe(false);
      await first[Symbol.asyncDispose]();
      expect(await isHealthy(second, 5_000)).toBe(true);
      first = await subject.runtime.start(first.spec, never);
      expect(await prompted(first, "run cat made.txt\nsay again")).toContain("hello");
    });

    test("a start that cannot succeed fails in time with instance_failed", {
      timeout: startLimitMs,
    }, async () => {
      const outcome = await subject.failingStart().catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(RetryableFailure);
      expect(outcome).toMatchObject({ code: "instance_failed" });
    });

    test("a start that is given up half-way leaves nothing behind, whenever that is", async () => {
      const before = (await subject.leftovers()).length;
      const spec = await subject.workspace();
      for (const afterMs of [0, 300, 900]) {
        const outcome = await subject.runtime
          .start(spec, AbortSignal.timeout(afterMs))
          .then((instance) => instance[Symbol.asyncDispose]())
          .catch((error: unknown) => error);
        if (outcome !== undefined) expect(outcome).toMatchObject({ code: "instance_failed" });
        const left = await subject.leftovers();
        expect(left.length, left.join(", ")).toBe(before);
      }
    });

    test("disposed of in the middle of work it is gone in time, with every command that it left", async () => {
      const working = prompted(second, "run sleep 600").catch(() => undefined);
      await eventually(
        async () => {
          const { data = {} } = await second.client.session.status({ directory: second.spec.directory });
          return Object.keys(data).length > 0;
        },
        { deadlineMs: 20_000 },
      );
      const startedMs = Date.now();
      await Promise.all([second[Symbol.asyncDispose](), first[Symbol.asyncDispose]()]);
      expect(Date.now() - startedMs).toBeLessThan(endLimitMs);
      await second[Symbol.asyncDispose]();
      expect(await second.exited).not.toBe("");
      expect(await subject.leftovers()).toEqual([]);
      void working;
    });
  });
}
