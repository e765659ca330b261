/** Paths into an object as people write them: `spec.containers[0].image`, `metadata.labels["app.kubernetes.io/name"]`. */

const plainKey = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;

/** Writes `parts` as one path; a part of digits only counts as an index. The object itself is `(object)`. */
export function objectPath(parts: readonly string[]): string {
  let path = "";
  for (const part of parts) {
    if (/^\d+$/.test(part)) path += `[${part}]`;
    else if (!plainKey.test(part)) path += `[${JSON.stringify(part)}]`;
    else path += path === "" ? part : `.${part}`;
  }
  return path === "" ? "(object)" : path;
}

/** The parts of a JSON pointer (RFC 6901). */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}
