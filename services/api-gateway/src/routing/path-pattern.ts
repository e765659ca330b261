/** Paths of the contract (`/tasks/{task_id}`) as Express and as a plain matcher understand them. */

/** `/tasks/{task_id}` → `/tasks/:task_id`. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

/** The parameters of `pathname` if it matches the contract's `path`, else null. */
export function matchPath(path: string, pathname: string): Record<string, string> | null {
  const expected = path.split("/");
  const actual = pathname.replace(/\/$/, "").split("/");
  if (expected.length !== actual.length) return null;
  const params: Record<string, string> = {};
  for (const [position, part] of expected.entries()) {
    const text = actual[position] ?? "";
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    if (name === undefined) {
      if (part !== text) return null;
      continue;
    }
    try {
      params[name] = decodeURIComponent(text);
    } catch {
      return null;
    }
    if (text === "") return null;
  }
  return params;
}
