import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { recordedContext } from "@drover/agent-kit/conformance";
import { trackLeaks } from "@drover/testing";
import { afterAll, describe, expect, test } from "vitest";
import { DockerLab } from "../instance/docker/docker-lab.fixture.ts";
import { agentBench, outputOf } from "./agent.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const uid = 4_214;
const isRoot = process.geteuid?.() === 0;
const noDocker = await new DockerLab(process.env).whyNot();
const runtimes = [
  { runtime: "process", missing: isRoot ? null : "only root can change users" },
  { runtime: "docker", missing: isRoot ? noDocker : "only root can give a folder away" },
];

describe.each(runtimes)("a workspace of another user than the worker's", ({ runtime, missing }) => {
  const skipped = missing === null ? "" : ` (skipped: ${missing})`;

  test.skipIf(missing !== null)(
    `is worked on as that user by ${runtime}, and its changes are seen${skipped}`,
    { timeout: 300_000 },
    async () => {
      await using bench = await agentBench(process.env, { DROVER_OPENCODE_RUNTIMES: runtime });
      expect(bench.agent.capabilities).toEqual([`runtime:${runtime}`]);
      await chmod(dirname(bench.config.DROVER_WORKSPACES_DIR), 0o755);
      await mkdir(bench.path("ws-1"), { recursive: true });
      await bench.put("ws-1", "before.txt", "before\n");
      for (const path of [bench.path("ws-1"), bench.path("ws-1", "before.txt")]) await chown(path, uid, uid);
      const first = await bench.agent.execute(
        bench.prompt("run git init -q . && git add . && git commit -qm first\nwrite made.txt: 1"),
        recordedContext(),
      );
      expect(outputOf(first).files).toMatchObject([{ path: "made.txt" }]);
      const second = await bench.agent.execute(
        bench.prompt("run git status && rm before.txt\nwrite made.txt: 2"),
        recordedContext(),
      );
      const paths = outputOf(second).files.map(({ path }) => path);
      expect(paths.sort()).toEqual(["before.txt", "made.txt"]);
      expect(await stat(bench.path("ws-1", "made.txt"))).toMatchObject({ uid, gid: uid });
    },
  );
});
