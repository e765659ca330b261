/**
 * Makes the index of the shipped catalogue from packages/plugin-catalogue/catalogue/entries and signs it. For maintainers.
 *
 *   node scripts/sign-catalogue.mjs --new-key <file>    makes a private key (PEM), prints the public half
 *   node scripts/sign-catalogue.mjs --key <file> --key-id <id> [--valid-days 1825]
 *
 * The private key never gets into the repository. An index gets the next sequence number: an older one is refused by every
 * deployment that has seen it.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), "packages/plugin-catalogue/catalogue");
const dayMs = 24 * 3600 * 1000;

const { values } = parseArgs({
  options: {
    "new-key": { type: "string" },
    key: { type: "string" },
    "key-id": { type: "string" },
    "valid-days": { type: "string", default: "1825" },
  },
});

const publicHalf = (privateKey) => {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return Buffer.from(x, "base64url").toString("base64");
};

function makeKey(file) {
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  console.log(publicHalf(privateKey));
}

function readEntries() {
  const entries = join(folder, "entries");
  const names = readdirSync(entries).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => {
    const entry = JSON.parse(readFileSync(join(entries, name), "utf8"));
    if (entry.spec !== undefined) return entry;
    const text = readFileSync(join(entries, name.replace(/\.json$/, ".md")), "utf8");
    return { ...entry, spec: { kind: entry.kind, text } };
  });
}

function formerSequence() {
  try {
    return JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).sequence;
  } catch {
    return 0;
  }
}

function signIndex(keyFile, keyId, validDays) {
  const privateKey = createPrivateKey(readFileSync(keyFile));
  const now = Date.now();
  const index = {
    sequence: formerSequence() + 1,
    issued_at: new Date(now).toISOString(),
    expires_at: new Date(now + validDays * dayMs).toISOString(),
    entries: readEntries(),
  };
  const bytes = Buffer.from(`${JSON.stringify(index, null, 2)}\n`);
  const signature = sign(null, bytes, privateKey).toString("base64");
  writeFileSync(join(folder, "index.json"), bytes);
  writeFileSync(
    join(folder, "index.sig.json"),
    `${JSON.stringify({ algorithm: "ed25519", key_id: keyId, signature }, null, 2)}\n`,
  );
  console.log(
    `signed number ${index.sequence}: ${index.entries.length} entries, by ${keyId}:${publicHalf(privateKey)}`,
  );
}

if (values["new-key"] !== undefined) makeKey(values["new-key"]);
else if (values.key !== undefined && values["key-id"] !== undefined)
  signIndex(values.key, values["key-id"], Number(values["valid-days"]));
else {
  console.error("usage: sign-catalogue.mjs --new-key <file> | --key <file> --key-id <id> [--valid-days <n>]");
  process.exitCode = 2;
}
