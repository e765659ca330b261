/**
 * An instance of a step is what becomes a task: the step itself, one item of its `for_each`, or the fallback of either.
 * Its id says which: `deploy`, `deploy[3]`, `deploy.fallback`, `deploy[3].fallback`. A step's own id holds neither a bracket
 * nor a dot, so no two instances share one.
 */
export interface StepInstance {
  readonly stepId: string;
  /** Which item of `for_each`, from 0; null where the step does not fan out. */
  readonly item: number | null;
  readonly fallback: boolean;
}

const pattern = /^([a-zA-Z0-9_-]{1,64})(?:\[(\d+)\])?(\.fallback)?$/;

export function instanceId({ stepId, item, fallback }: StepInstance): string {
  return `${itemId(stepId, item)}${fallback ? ".fallback" : ""}`;
}

/** The id under which the end of an instance is recorded: a fallback ends what it stands in for. */
export function itemId(stepId: string, item: number | null): string {
  return item === null ? stepId : `${stepId}[${item}]`;
}

/** Null for what is not the id of an instance. */
export function parseInstanceId(id: string): StepInstance | null {
  const parts = pattern.exec(id);
  if (parts === null) return null;
  const [, stepId = "", item, fallback] = parts;
  return { stepId, item: item === undefined ? null : Number(item), fallback: fallback !== undefined };
}
