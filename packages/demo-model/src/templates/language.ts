/** The languages that the demo model can write, by name and by file extension. */

const languages = ["go", "typescript", "javascript", "python"] as const;
export type Language = (typeof languages)[number];

const byName = new Map<string, Language>([
  ["go", "go"],
  ["golang", "go"],
  ["typescript", "typescript"],
  ["ts", "typescript"],
  ["javascript", "javascript"],
  ["js", "javascript"],
  ["node", "javascript"],
  ["python", "python"],
  ["py", "python"],
]);

/** The language named, or that of the file; TypeScript where neither is given; null: not one of ours. */
export function languageOf(name: string | null, file: string | null): Language | null {
  if (name !== null) return byName.get(name) ?? null;
  if (file === null) return "typescript";
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  if (extension === "mjs" || extension === "cjs") return "javascript";
  return byName.get(extension) ?? null;
}
