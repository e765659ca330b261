/**
 * Writes `.env` for docker compose with fresh credentials: `node scripts/make-env.mjs [path]`.
 * An existing file is left alone: its keys may already be in use.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const path = process.argv[2] ?? ".env";
const values = {
  DROVER_BOOTSTRAP_KEY: `drv_${randomBytes(8).toString("hex")}_${randomBytes(24).toString("hex")}`,
  DROVER_REDIS_PASSWORD: randomBytes(24).toString("hex"),
  DROVER_MASTER_KEY: randomBytes(32).toString("base64"),
};
const example = readFileSync(new URL("../.env.example", import.meta.url), "utf8");
const filled = Object.entries(values).reduce(
  (text, [name, value]) => text.replace(new RegExp(`^${name}=$`, "m"), () => `${name}=${value}`),
  example.replace(/^# Copy to .*\n/, "# Made by scripts/make-env.mjs. Never commit it.\n"),
);

try {
  writeFileSync(path, filled, { mode: 0o600, flag: "wx" });
  console.log(`Wrote ${path}. The key of the first site owner is DROVER_BOOTSTRAP_KEY in it.`);
} catch (error) {
  if (error.code !== "EEXIST") throw error;
  console.error(`${path} is already there and was left alone.`);
  process.exitCode = 1;
}
