import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@drover/agent-kit";
import { recordedContext } from "@drover/agent-kit/conformance";
import { CancelledFailure } from "@drover/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineBench, testImage, whyNoEngine } from "../testing/real-engine.ts";
import { tinyRegistry } from "../testing/tiny-registry.ts";

const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
const reason = await whyNoEngine(host);

describe.skipIf(reason !== null)(
  `build on a real engine${reason === null ? "" : ` (skipped: ${reason})`}`,
  () => {
    let root: string;
    let bench: EngineBench;
    let agent: Agent;

    beforeAll(async () => {
      root = await realpath(await mkdtemp(join(tmpdir(), "drover-workspaces-")));
      bench = new EngineBench(host);
      await mkdir(join(root, `@${bench.organizationId}`, "ws-1"), { recursive: true });
      agent = await bench.agent({ workspacesRoot: root });
    });
    afterAll(async () => {
      await agent?.[Symbol.asyncDispose]();
      await bench?.[Symbol.asyncDispose]();
      if (root !== undefined) await rm(root, { recursive: true });
    });

    async function write(path: string, text: string): Promise<void> {
      const file = join(root, `@${bench.organizationId}`, "ws-1", path);
      await mkdir(join(file, ".."), { recursive: true });
      await writeFile(file, text);
    }

    const task = (payload: Record<string, unknown>) => bench.task(payload, { workspaceId: "ws-1" });
    const execute = (payload: Record<string, unknown>, context = recordedContext()) =>
      agent.execute(task(payload), context);
    const tag = (name: string) => `${bench.organizationId}/${name}:1`;

    test("an image is built from a folder of the workspace, and a task of the organization can run it", async () => {
      await write(
        "app/Dockerfile",
        `FROM ${testImage}\nARG WHO\nCOPY greeting /greeting\nRUN echo built for $WHO >> /greeting\nCMD ["cat", "/greeting"]`,
      );
      await write("app/greeting", "hello\n");
      await write("app/.git/config", "secret");
      const context = recordedContext();
      const image = tag("app");
      const built = await execute(
        { action: "build", tag: image, path: "app", build_arguments: { WHO: "you" } },
        context,
      );
      expect(built.output).toEqual({
        image,
        image_id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        size_bytes: expect.any(Number),
      });
      expect(context.outputs.map((data) => data["text"]).join("")).toContain("Successfully built");
      const run = await execute({ action: "run", image });
      expect(run.output).toMatchObject({ stdout: "hello\nbuilt for you\n" });
    });

    test("an image is invisible to another organization, which cannot take its name either", async () => {
      await write("own/Dockerfile", `FROM ${testImage}\nCMD ["true"]`);
      const image = tag("own");
      await execute({ action: "build", tag: image, path: "own" });
      const foreign = { ...task({ action: "run", image }), organizationId: "other" };
      await expect(agent.execute(foreign, recordedContext())).rejects.toMatchObject({
        code: "docker_failed",
      });
      await expect(execute({ action: "build", tag: testImage, path: "own" })).rejects.toMatchObject({
        code: "image_not_allowed",
      });
    });

    test("a build that fails says how, for good, and that it had no network", async () => {
      await write("bad/Dockerfile", `FROM ${testImage}\nRUN echo about to fail && false`);
      await expect(execute({ action: "build", tag: tag("bad"), path: "bad" })).rejects.toMatchObject({
        name: "PermanentFailure",
        code: "docker_failed",
        message: expect.stringMatching(
          /no network unless[\s\S]*about to fail[\s\S]*returned a non-zero code: 1/,
        ),
      });
      await expect(execute({ action: "build", tag: tag("bad") })).rejects.toMatchObject({
        code: "docker_failed",
        message: "There is no Dockerfile at Dockerfile.",
      });
    });

    test("a path that leaves the workspace is refused", async () => {
      const workspace = join(root, `@${bench.organizationId}`, "ws-1");
      await symlink("/etc", join(workspace, "etc"));
      await write("linked/keep", "");
      await symlink("/etc/hostname", join(workspace, "linked", "Dockerfile"));
      const build = (fields: Record<string, unknown>) =>
        execute({ action: "build", tag: tag("out"), ...fields });
      await expect(build({ path: "etc" })).rejects.toMatchObject({ code: "workspace_not_allowed" });
      await expect(build({ path: "../../other" })).rejects.toMatchObject({ code: "invalid_payload" });
      await expect(build({ path: "linked" })).rejects.toMatchObject({ code: "docker_failed" });
      const other = { ...task({ action: "build", tag: tag("out") }), organizationId: "other" };
      await expect(agent.execute(other, recordedContext())).rejects.toMatchObject({
        code: "workspace_not_found",
      });
    });

    test("cancelling ends a build", async () => {
      await write("slow/Dockerfile", `FROM ${testImage}\nRUN sleep 600`);
      const abort = new AbortController();
      const context = recordedContext(abort.signal);
      const ended = execute({ action: "build", tag: tag("slow"), path: "slow" }, context).catch(
        (error: unknown) => error,
      );
      await expect.poll(() => context.outputs.length, { timeout: 20_000 }).toBeGreaterThan(0);
      abort.abort(new CancelledFailure());
      expect(await ended).toBeInstanceOf(CancelledFailure);
    });

    test("a container sees its workspace only where that is asked, and writes only where that is asked", async () => {
      await write("note", "from outside\n");
      const script = "cat note; touch made && echo wrote";
      const run = (mount_workspace: string) =>
        execute({
          action: "run",
          image: testImage,
          command: ["sh", "-c", `${script}; true`],
          mount_workspace,
        });
      expect((await run("read_only")).output).toMatchObject({ stdout: "from outside\n" });
      expect((await run("read_write")).output).toMatchObject({ stdout: "from outside\nwrote\n" });
      const without = await execute({
        action: "run",
        image: testImage,
        command: ["ls", "-d", "/workspace"],
      }).catch((error: unknown) => error);
      expect(without).toMatchObject({ code: "container_failed" });
    });

    test("a missing image is pulled with progress, and a registry's no is final", async () => {
      await using registry = await tinyRegistry();
      const context = recordedContext();
      const image = `${registry.address}/acme/tiny:1`;
      const run = execute({ action: "run", image, command: ["/nothing"] }, context);
      await expect(run).rejects.toMatchObject({ code: "container_failed" }); // it is empty, so nothing in it can start
      expect(context.progressed.filter(({ kind }) => kind === "pull").map(({ status }) => status)).toEqual(
        expect.arrayContaining(["started", "done"]),
      );
      await bench.engine.docker.getImage(image).remove();
      await expect(
        execute({ action: "run", image: `${registry.address}/acme/none:1` }),
      ).rejects.toMatchObject({
        name: "PermanentFailure",
        code: "docker_failed",
      });
    });
  },
);
