/**
 * Which sources of code a deployment lets its workspaces plug in. Nothing is allowed that it does not name. Text (agents,
 * commands, skills) runs no code of its own and needs no entry.
 *
 * Entries: `npm:name`, `npm:@scope/*`, `npm:*` · `mcp:<program>`, `mcp:<origin of a url>`, `mcp:*` · `catalogue:name`,
 * `catalogue:*`. A version may stand behind a package: `npm:name@1.2.3`.
 */

export class PluginAllowList {
  readonly #entries: readonly string[];

  constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  /** Whether the package, `name@1.2.3`, may be installed. */
  allowsPackage(pinned: string): boolean {
    const name = pinned.slice(0, pinned.lastIndexOf("@"));
    const scope = name.startsWith("@") ? [`npm:${name.slice(0, name.indexOf("/"))}/*`] : [];
    return this.#names(["npm:*", `npm:${name}`, `npm:${pinned}`, ...scope]);
  }

  /** Whether an MCP server may be run by this program, exactly as it is written. */
  allowsProgram(program: string): boolean {
    return this.#names(["mcp:*", `mcp:${program}`]);
  }

  /** Whether an MCP server may be at this address. */
  allowsUrl(url: string): boolean {
    return this.#names(["mcp:*", `mcp:${new URL(url).origin}`]);
  }

  /** Whether this entry of the catalogue may be installed although it runs code. */
  allowsEntry(name: string): boolean {
    return this.#names(["catalogue:*", `catalogue:${name}`]);
  }

  #names(accepted: readonly string[]): boolean {
    return this.#entries.some((entry) => accepted.includes(entry));
  }
}
