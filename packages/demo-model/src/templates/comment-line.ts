/** A line of comment in the manner of a file's format. */

const styles: readonly { readonly files: RegExp; readonly comment: (text: string) => string }[] = [
  {
    files: /\.(js|mjs|cjs|jsx|ts|mts|tsx|go|rs|java|kt|swift|c|h|cc|cpp|cs|php|scala)$/i,
    comment: (text) => `// ${text}`,
  },
  {
    files: /(\.(py|sh|rb|pl|yaml|yml|toml|ini|conf|nix|tf)|(^|\/)(Dockerfile|Makefile))$/i,
    comment: (text) => `# ${text}`,
  },
  {
    files: /\.(html|xml|svg|md|vue)$/i,
    comment: (text) => `<!-- ${text.replaceAll("--", "- -")} -->`,
  },
  { files: /\.(css|scss)$/i, comment: (text) => `/* ${text.replaceAll("*/", "* /")} */` },
  { files: /\.txt$/i, comment: (text) => text },
  { files: /\.(sql|lua|hs)$/i, comment: (text) => `-- ${text}` },
];

/** Null where the format has no comments (JSON) or is not known. */
export function commentLine(path: string, text: string): string | null {
  return styles.find((style) => style.files.test(path))?.comment(text) ?? null;
}
