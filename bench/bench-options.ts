/** What the bench can be told. */
const chapters = ["memory", "throughput", "accept", "idle", "dags", "commands", "parts", "growth"] as const;
export type Chapter = (typeof chapters)[number];

/** How much is measured: all of it, for the report, or little of everything, to see that the bench itself works. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly chapters: readonly Chapter[];
  /** Interleaved rounds of each comparison; medians are taken over them. */
  readonly rounds: number;
  /** Tasks that a worker runs at once, on both sides. */
  readonly concurrency: number;
  readonly tasksPerRound: number;
  readonly acceptsPerRound: number;
  /** Requests in flight, each on a connection that is kept. */
  readonly requestsInFlight: number;
  readonly idleTasksPerRound: number;
  readonly shapes: readonly Shape[];
  readonly featureTasks: number;
  readonly memoryTasks: number;
  /** Accepted, and then finished, on top of what is queued. */
  readonly growthTasks: number;
  /** How many tasks are queued while accepting and finishing are measured. */
  readonly depths: readonly number[];
}

/** A DAG of layers: each step depends on up to `fanIn` steps of the layer before. */
export interface Shape {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly fanIn: number;
}

const concurrency = 50;

export const fullBench: BenchOptions = {
  quick: false,
  chapters,
  rounds: 5,
  concurrency,
  tasksPerRound: 4_000,
  acceptsPerRound: 2_000,
  requestsInFlight: 32,
  idleTasksPerRound: 100,
  shapes: [
    { name: "wide 1,000", layers: 1, width: 1_000, fanIn: 0 },
    { name: "chain 200", layers: 200, width: 1, fanIn: 1 },
    { name: "diamonds 10×20", layers: 10, width: 20, fanIn: 3 },
    { name: "diamonds 50×100", layers: 50, width: 100, fanIn: 3 },
  ],
  featureTasks: 4_000,
  memoryTasks: 2_000,
  growthTasks: 1_000,
  depths: [1_000, 10_000, 100_000],
};

export const quickBench: BenchOptions = {
  quick: true,
  chapters,
  rounds: 1,
  concurrency,
  tasksPerRound: 200,
  acceptsPerRound: 100,
  requestsInFlight: 8,
  idleTasksPerRound: 10,
  shapes: [
    { name: "wide 50", layers: 1, width: 50, fanIn: 0 },
    { name: "chain 10", layers: 10, width: 1, fanIn: 1 },
    { name: "diamonds 3×5", layers: 3, width: 5, fanIn: 3 },
  ],
  featureTasks: 100,
  memoryTasks: 50,
  growthTasks: 100,
  depths: [100, 400],
};

/**
 * @param text chapters separated by commas; undefined: all of them
 * @throws Error for one that does not exist
 */
export function readChapters(text: string | undefined): readonly Chapter[] {
  if (text === undefined) return chapters;
  return text.split(",").map((name) => {
    const chapter = chapters.find((one) => one === name.trim());
    if (chapter === undefined)
      throw new Error(`there is no chapter "${name}"; there are ${chapters.join(", ")}`);
    return chapter;
  });
}
