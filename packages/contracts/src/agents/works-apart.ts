/** Whether a task leaves the files of its workspace alone, so that it needs no slot there. */
import type { Payload } from "../task.ts";
import type { AgentDescriptor } from "./agent-descriptor.ts";

/** @param payload or the parameters of a step, whose expressions are not answered yet */
export function worksApart({ apart }: AgentDescriptor, payload: Payload): boolean {
  return apart !== undefined && payload[apart.field] === apart.value;
}
