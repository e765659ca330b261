/** One call of the `diagnostics` agent whose outcome is known in advance, whoever is killed in the middle of it. */
import type { SeededRandom } from "./seeded-random.ts";

/** What must come of it. */
export type Outcome =
  | { readonly kind: "value"; readonly value: number }
  /** Failed for good. */
  | { readonly kind: "failure" }
  /** Fails at its first start; a kill in that moment can make the second start the first that is seen to end. */
  | { readonly kind: "failsOnce"; readonly value: number };

export interface DiagnosticsCall {
  readonly action: "echo" | "sum" | "sleep" | "fail";
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly maxAttempts: number;
  readonly timeoutSeconds: number;
  readonly outcome: Outcome;
}

/** Kills spend attempts: what must succeed has as many as the API allows. */
const manyAttempts = 20;
const patientSeconds = 60;

export const goodCalls = { echo: 5, sum: 5, sleep: 6, flaky: 2, capacity: 1, hang: 0.5, crash: 0.03 };
export const badCalls = { permanent: 2, exhausted: 1 };
type CallKind = keyof typeof goodCalls | keyof typeof badCalls | "failsOnce";

export function diagnosticsCall(random: SeededRandom, kind: CallKind): DiagnosticsCall {
  const value = random.integer(1, 1_000_000);
  const good = (
    action: DiagnosticsCall["action"],
    parameters: Record<string, unknown>,
    timeoutSeconds = patientSeconds,
  ): DiagnosticsCall => ({
    action,
    parameters,
    maxAttempts: manyAttempts,
    timeoutSeconds,
    outcome: { kind: "value", value },
  });
  const fail = (mode: string, times: number) => ({ class: mode, times, value });
  switch (kind) {
    case "echo":
      return good("echo", { value });
    case "sum":
      return good("sum", { values: partsOf(random, value) });
    case "sleep":
      return good("sleep", { ms: random.integer(1, 900), value });
    case "flaky":
      return good("fail", fail("retryable", random.integer(1, 2)));
    case "capacity":
      return good("fail", fail("capacity", random.integer(1, 2)));
    case "hang":
      return good("fail", fail("hang", 1), 1);
    case "crash":
      return good("fail", fail("crash", 1));
    case "permanent":
      return {
        ...good("fail", { class: "permanent" }),
        outcome: { kind: "failure" },
      };
    case "exhausted":
      return {
        ...good("fail", { class: "retryable" }),
        maxAttempts: 2,
        outcome: { kind: "failure" },
      };
    case "failsOnce":
      return { ...good("fail", fail("permanent", 1)), outcome: { kind: "failsOnce", value } };
  }
}

/** Numbers that add up to `value`. */
function partsOf(random: SeededRandom, value: number): number[] {
  const parts = Array.from({ length: random.integer(0, 8) }, () => random.integer(-1000, 1000));
  return [...parts, value - parts.reduce((sum, part) => sum + part, 0)];
}
