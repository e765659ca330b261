/** The media type of a file, by its name. */
import { basename, extname } from "node:path";

const byExtension: Readonly<Record<string, string>> = {
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
  ".json": "application/json",
  ".jsonc": "application/json",
  ".toml": "application/toml",
  ".xml": "application/xml",
  ".sql": "application/sql",
  ".sh": "application/x-sh",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".cjs": "text/javascript",
  ".jsx": "text/javascript",
  ".ts": "text/x-typescript",
  ".tsx": "text/x-typescript",
  ".go": "text/x-go",
  ".py": "text/x-python",
  ".rs": "text/x-rust",
  ".java": "text/x-java",
  ".c": "text/x-c",
  ".h": "text/x-c",
  ".cpp": "text/x-c++",
  ".md": "text/markdown",
  ".html": "text/html",
  ".css": "text/css",
  ".csv": "text/csv",
  ".svg": "image/svg+xml",
};

const byName: Readonly<Record<string, string>> = {
  dockerfile: "text/x-dockerfile",
  makefile: "text/x-makefile",
};

export function mediaType(path: string): string {
  return byName[basename(path).toLowerCase()] ?? byExtension[extname(path).toLowerCase()] ?? "text/plain";
}
