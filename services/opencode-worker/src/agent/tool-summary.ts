/** The input of a tool call in a few words: which file, which command; never the content. */
import { isAbsolute, relative } from "node:path";

const lengthMax = 200;
const pathFields = ["filePath", "path", "workdir"] as const;
const textFields = ["command", "pattern", "include", "description", "name", "subagent_type", "url"] as const;

/** @param directory the workspace's folder: paths in it are shown relative to it */
export function summariseToolInput(
  input: Readonly<Record<string, unknown>>,
  directory: string,
): Record<string, string> {
  const summary: Record<string, string> = {};
  for (const field of pathFields) {
    const value = input[field];
    if (typeof value === "string") summary[snakeCase(field)] = cut(workspacePath(value, directory));
  }
  for (const field of textFields) {
    const value = input[field];
    if (typeof value === "string") summary[snakeCase(field)] = cut(value);
  }
  return summary;
}

function workspacePath(path: string, directory: string): string {
  return isAbsolute(path) && `${path}/`.startsWith(`${directory}/`) ? relative(directory, path) || "." : path;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function cut(text: string): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}
