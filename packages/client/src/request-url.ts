/** The address of a call: the operation's path with its parameters filled in, and the query. */
import type { Operation } from "@drover/contracts";
import type { LooseInput } from "./call-types.ts";

/** @throws Error when a parameter of the path is missing */
export function requestUrl(baseUrl: string, operation: Operation, input: LooseInput): URL {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = input.params?.[name];
    if (value === undefined) throw new Error(`${operation.id} needs the parameter ${name}.`);
    return encodeURIComponent(String(value));
  });
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}
