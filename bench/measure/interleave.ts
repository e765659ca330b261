/**
 * Two sides measured in turns, so that what else happens on the machine happens to both. What counts is the ratio of a
 * round's two figures; its median over the rounds forgives a bad round.
 */

import type { Comparison, Goal } from "../report/results.ts";
import { median } from "./statistics.ts";

/** What one side comes to in one round: figures by name. */
export type Sample = Readonly<Record<string, number>>;

export interface Sides {
  readonly baseline: () => Promise<Sample>;
  readonly drover: () => Promise<Sample>;
}

export interface Measured {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly goal?: Goal;
}

/** Every figure of `measured` that both sides tell, over `rounds` rounds. */
export async function interleave(
  rounds: number,
  sides: Sides,
  measured: readonly Measured[],
): Promise<Comparison[]> {
  const samples: { baseline: Sample; drover: Sample }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Who comes first changes, since the first warms the machine for the second.
    if (round % 2 === 0) {
      const baseline = await sides.baseline();
      samples.push({ baseline, drover: await sides.drover() });
    } else {
      const drover = await sides.drover();
      samples.push({ baseline: await sides.baseline(), drover });
    }
  }
  return measured.map((one) => compare(one, samples));
}

function compare(
  { name, what, unit, goal }: Measured,
  samples: readonly { baseline: Sample; drover: Sample }[],
): Comparison {
  const pairs = samples.map(({ baseline, drover }) => ({
    baseline: figure(baseline, name),
    drover: figure(drover, name),
  }));
  return {
    name,
    what,
    unit,
    baseline: median(pairs.map((pair) => pair.baseline)),
    drover: median(pairs.map((pair) => pair.drover)),
    ratio: median(pairs.map((pair) => pair.drover / pair.baseline)),
    ...(goal === undefined ? {} : { goal }),
    rounds: pairs,
  };
}

function figure(sample: Sample, name: string): number {
  const value = sample[name];
  if (value === undefined) throw new Error(`a round did not tell ${name}`);
  return value;
}
