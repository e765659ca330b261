/** What a chaos run is told. */
export const topologies = ["single", "sentinel", "cluster", "mixed"] as const;
export type Topology = (typeof topologies)[number];

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly topology: Topology;
  /** Pieces of work under way at once. */
  readonly lanes: number;
  /** Where what faults are found by is kept, if there are any. */
  readonly evidence: string;
  /** Told what happens, a line at a time. */
  readonly say: (line: string) => void;
}
