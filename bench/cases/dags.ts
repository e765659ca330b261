/** Steps a second of whole workflows, posted over HTTP, against the bare in-degree engine. */
import { diagnostics, isFinal, newId, submitWorkflow } from "@drover/contracts";
import type { DagStep } from "../baseline/in-degree-engine.ts";
import type { BenchOptions, Shape } from "../bench-options.ts";
import { interleave } from "../measure/interleave.ts";
import { timed, until } from "../measure/until.ts";
import type { Comparison } from "../report/results.ts";
import type { World } from "../world.ts";

export async function measureDags(world: World, options: BenchOptions): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const shape of options.shapes) {
    const steps = stepsOf(shape);
    const figures = (tookMs: number) => ({ [shape.name]: (steps.length / tookMs) * 1000 });
    const [comparison] = await interleave(
      options.rounds,
      {
        baseline: async () => figures(await timed(() => throughEngine(world, steps))),
        drover: async () => figures(await timed(() => throughDrover(world, shape.name, steps))),
      },
      [
        {
          name: shape.name,
          what: `${steps.length} steps, from the request to the end of the run`,
          unit: "steps/s",
          goal: { kind: "at_least", ratio: 0.6 },
        },
      ],
    );
    if (comparison !== undefined) comparisons.push(comparison);
  }
  return comparisons;
}

/** Every step depends on `fanIn` neighbours of the layer before. */
function stepsOf({ layers, width, fanIn }: Shape): DagStep[] {
  return Array.from({ length: layers }, (_, layer) =>
    Array.from({ length: width }, (_, at) => ({
      id: `s${layer}-${at}`,
      dependsOn:
        layer === 0
          ? []
          : Array.from({ length: Math.min(fanIn, width) }, (_, n) => `s${layer - 1}-${(at + n) % width}`),
    })),
  ).flat();
}

async function throughEngine({ engine }: World, steps: readonly DagStep[]): Promise<void> {
  const run = newId("workflow");
  await engine.submit(run, steps);
  await until(async () => await engine.hasEnded(run));
}

async function throughDrover(
  { stack, store }: World,
  name: string,
  steps: readonly DagStep[],
): Promise<void> {
  const { id, organization_id } = await stack.client.call(submitWorkflow, {
    body: {
      name: `bench ${name}`,
      steps: steps.map((step) => ({
        id: step.id,
        agent: diagnostics.name,
        task: "echo",
        parameters: { value: step.id },
        depends_on: [...step.dependsOn],
      })),
    },
  });
  const key = store.keyspace.shardOf(organization_id).run(id);
  let status: string | null = null;
  await until(async () => {
    status = await store.redis.hget(key, "status");
    return status !== null && isFinal(status);
  });
  if (status !== "completed") throw new Error(`the run ${name} ended ${String(status)}`);
}
