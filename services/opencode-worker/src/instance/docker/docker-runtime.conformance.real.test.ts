import { trackLeaks } from "@drover/testing";
import { afterAll, describe } from "vitest";
import { type RuntimeSubject, runtimeConformance } from "../instance-runtime.conformance.ts";
import { runtimeBench } from "../runtime.fixture.ts";
import { DockerLab } from "./docker-lab.fixture.ts";

const leaks = trackLeaks();
afterAll(() => leaks.check());

const lab = new DockerLab(process.env);

/** @param uid who owns the workspaces; undefined: whoever runs the test */
async function dockerSubject(uid: number | undefined): Promise<RuntimeSubject> {
  const bench = await runtimeBench(process.env);
  const runtime = await lab.open(bench, "conformance");
  return {
    runtime,
    workspace: () => bench.workspace(uid),
    async kill(instance) {
      const { container } = await lab.containerOf(bench, instance);
      await container.kill();
    },
    async secrets(instance) {
      const { info } = await lab.containerOf(bench, instance);
      const variable = (name: string) =>
        info.Config.Env.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
      const apiKey = /"apiKey":"([^"]+)"/.exec(variable("OPENCODE_CONFIG_CONTENT"))?.[1] ?? "";
      return [variable("OPENCODE_SERVER_PASSWORD"), apiKey];
    },
    async failingStart() {
      // The folder is another worker's: opening takes its sockets away.
      await using other = await runtimeBench(process.env);
      await using broken = await lab.open(other, "broken", "debian:trixie-slim");
      return await broken.start(await other.workspace(), new AbortController().signal);
    },
    leftovers: async () => (await lab.containersOf(bench)).map((id) => `container ${id.slice(0, 12)}`),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

const reason = await lab.whyNot();
const notRoot = process.geteuid?.() === 0 ? null : "only root can give a folder away";
const skipped = (why: string | null) => (why === null ? "" : ` (skipped: ${why})`);

describe.skipIf(reason !== null)(`docker${skipped(reason)}`, () => {
  runtimeConformance("docker", () => dockerSubject(undefined));
  describe.skipIf(notRoot !== null)(`as another user${skipped(notRoot)}`, () => {
    runtimeConformance("docker, as the owner of the workspace", () => dockerSubject(4_212));
  });
});
