/**
 * Installs a Redis server with the system's package manager, where that needs no password.
 *
 * Only the program is wanted: no service is started or left enabled. On Debian that takes a `policy-rc.d` that forbids
 * starts for the time of the installation; one that is already there is respected.
 */
import { getuid } from "node:process";
import { lastLines, runCommand } from "@drover/processes";
import type { Say } from "./redis-source.ts";

interface PackageManager {
  readonly name: string;
  /** A shell script. */
  readonly install: string;
  readonly needsRoot: boolean;
  /** What a person would type. */
  readonly hint: string;
}

const installDeadlineMs = 300_000;

const aptScript = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends redis-server
if command -v systemctl >/dev/null 2>&1; then systemctl --quiet disable redis-server 2>/dev/null || true; fi
`;

const packageManagers: readonly PackageManager[] = [
  {
    name: "apt-get",
    install: aptScript,
    needsRoot: true,
    hint: "sudo apt-get install redis-server",
  },
  { name: "apk", install: "apk add --no-cache redis", needsRoot: true, hint: "sudo apk add redis" },
  {
    name: "dnf",
    install: "dnf install -y -q valkey || dnf install -y -q redis",
    needsRoot: true,
    hint: "sudo dnf install valkey",
  },
  { name: "brew", install: "brew install --quiet redis", needsRoot: false, hint: "brew install redis" },
];

/** What came of it. */
export interface Installation {
  readonly ok: boolean;
  /** What a person can type to mend it. */
  readonly hint: string;
  /** The last lines of a failed attempt. */
  readonly fault: string | null;
}

export async function installRedis(say: Say): Promise<Installation> {
  const manager = await presentManager();
  if (manager === null) {
    return { ok: false, hint: "install redis-server or valkey-server, 6.2 or newer", fault: null };
  }
  const prefix = manager.needsRoot ? await rootPrefix() : [];
  if (prefix === null) return { ok: false, hint: manager.hint, fault: null };
  say(`Installing a Redis server with ${manager.name} (only the program: no service is started)`);
  const [command = "sh", ...args] = [...prefix, "sh", "-c", manager.install];
  const outcome = await runCommand(command, args, installDeadlineMs);
  return {
    ok: outcome.ok,
    hint: manager.hint,
    fault: outcome.ok ? null : lastLines(outcome.stderr === "" ? outcome.stdout : outcome.stderr, 3),
  };
}

async function presentManager(): Promise<PackageManager | null> {
  for (const manager of packageManagers) {
    const found = await runCommand("sh", ["-c", `command -v ${manager.name}`], 5_000);
    if (found.ok) return manager;
  }
  return null;
}

/** How to become root without being asked for a password; null: not at all. */
async function rootPrefix(): Promise<string[] | null> {
  if (getuid?.() === 0) return [];
  const sudo = await runCommand("sudo", ["-n", "true"], 5_000);
  return sudo.ok ? ["sudo", "-n"] : null;
}
