/** What Drover's own audit finds, looking at everything: the same code that operators ask, and that upkeep mends by. */
import { checkInvariants, type Store } from "@drover/queue";

export async function auditInvariants(store: Store): Promise<string[]> {
  const { conservation, runs, drift, leaks, ok } = await checkInvariants(store, { full: true });
  const faults = leaks.map(
    ({ kind, count, sample }) => `${count} leaks of the kind ${kind}, e.g. ${sample.join(", ")}`,
  );
  if (conservation.difference !== 0) faults.push(`tasks are not conserved: ${JSON.stringify(conservation)}`);
  if (runs.difference !== 0) faults.push(`runs are not conserved: ${JSON.stringify(runs)}`);
  if (drift.length > 0) faults.push(`counts have drifted: ${JSON.stringify(drift)}`);
  if (!ok && faults.length === 0) faults.push("the audit says no, and not why");
  return faults;
}
