/** How long a command waits for an end. */
import { InvalidArgumentError } from "commander";

export const waitSecondsDefault = 3600;

/** For commander. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}
