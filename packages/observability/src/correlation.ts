/** What ties log lines together: carried along asynchronous calls, written into every line. */
import { AsyncLocalStorage } from "node:async_hooks";

export interface Correlation {
  readonly request_id?: string;
  readonly task_id?: string;
  readonly workflow_id?: string;
  readonly step_id?: string;
}

const storage = new AsyncLocalStorage<Correlation>();

/** Runs `work` with these added to what is already there. */
export function withCorrelation<T>(correlation: Correlation, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...correlation }, work);
}

export function currentCorrelation(): Correlation {
  return storage.getStore() ?? {};
}
