/** Paths of the contract (`/tasks/{task_id}`) as Express understands them (`/tasks/:task_id`). */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}
