/** Thrown through an agent when its task waits for a person: no failure, and no end. */
export class Suspended extends Error {
  override readonly name = "Suspended";
  /** When the task goes on although nobody has decided, in milliseconds since the epoch. */
  readonly untilMs: number;

  constructor(untilMs: number) {
    super("The task waits for a decision.");
    this.untilMs = untilMs;
  }
}
