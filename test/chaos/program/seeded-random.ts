/** Choices that are the same each time for the same seed: what a failing chaos run is replayed from. */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export class SeededRandom {
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  /** @param path distinguishes independent sequences of one seed, e.g. the number of a piece of work */
  constructor(seed: number, ...path: number[]) {
    this.#generator = xoroshiro128plus(path.reduce((mixed, part) => mix(mixed, part), mix(seed, 0)));
  }

  /** A whole number, both bounds included. */
  integer(from: number, to: number): number {
    return uniformInt(this.#generator, from, to);
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return uniformFloat64(this.#generator) < probability;
  }

  /** @throws Error when there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    const picked = items[this.integer(0, items.length - 1)];
    if (picked === undefined) throw new Error("there is nothing to pick from");
    return picked;
  }

  /** Picks a name with a probability in proportion to its weight. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights).filter((name): name is Name => Object.hasOwn(weights, name));
    let left = uniformFloat64(this.#generator) * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    return this.pick(names);
  }

  /** Up to `count` of the items, in their order. */
  some<Item>(items: readonly Item[], count: number): Item[] {
    const chosen = new Set<number>();
    const wanted = Math.min(count, items.length);
    while (chosen.size < wanted) chosen.add(this.integer(0, items.length - 1));
    return items.filter((_, position) => chosen.has(position));
  }
}

/** Spreads near numbers far apart: seeds 1 and 2 must have nothing in common. */
function mix(state: number, part: number): number {
  let mixed = Math.imul(state ^ (part + 0x9e3779b9), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}
