/** What must be there before anything can be installed, and what is merely missed. */
import { spawnSync } from "node:child_process";
import { say } from "./say.mjs";

const oldest = [20, 19];

/** Throws an error that says what to install. */
export function checkMachine() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new Error(`Drover needs Node ${oldest.join(".")} or newer; this is ${process.versions.node}.`);
  }
  if (process.platform === "win32") {
    throw new Error("Drover runs on Linux and macOS. On Windows, run it inside WSL 2.");
  }
  if (spawnSync("git", ["--version"], { stdio: "ignore" }).status !== 0) {
    say("git is missing: OpenCode needs it to show what it changed. Install it, e.g. apt-get install git.");
  }
}
