import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogueEntry } from "@drover/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Catalogue } from "./catalogue.ts";
import { parseCatalogueKeys } from "./catalogue-keys.ts";
import type { EntrySearch } from "./search-entries.ts";
import { shippedFolder, shippedKey } from "./shipped-catalogue.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "drover-catalogue-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const mine = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const keyText = (key: KeyObject) =>
  `mine:${Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url").toString("base64")}`;

const entry = (name: string, version: string, more: object = {}) =>
  catalogueEntry.parse({
    name,
    version,
    kind: "agent",
    description: `Is ${name}.`,
    source: "local",
    spec: { kind: "agent", text: "---\ndescription: a\n---\nb" },
    needs: [],
    tags: ["review"],
    ...more,
  });

async function put(index: object, by = mine.privateKey, keyId = "mine"): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(index));
  const signature = sign(null, bytes, by).toString("base64");
  await writeFile(join(folder, "index.json"), bytes);
  await writeFile(
    join(folder, "index.sig.json"),
    JSON.stringify({ algorithm: "ed25519", key_id: keyId, signature }),
  );
}

const index = (sequence: number, more: object = {}) => ({
  sequence,
  issued_at: "2026-01-01T00:00:00.000Z",
  expires_at: "2027-01-01T00:00:00.000Z",
  entries: [entry("alpha", "1.9.0"), entry("alpha", "1.10.0"), entry("beta", "1.0.0", { tags: ["alpha"] })],
  ...more,
});

function catalogue(seen = { highest: 0 }) {
  return new Catalogue({
    folder,
    keys: parseCatalogueKeys(keyText(mine.publicKey)),
    now: () => Date.parse("2026-06-01T00:00:00.000Z"),
    noteSequence: async (sequence) => {
      seen.highest = Math.max(seen.highest, sequence);
      return seen.highest;
    },
  });
}

const refusal = (detail: string) => expect.objectContaining({ code: "catalogue_unavailable", detail });

test("an entry is found by its name, in its newest version or the one that is asked for", async () => {
  await put(index(1));
  expect(await catalogue().find("alpha")).toMatchObject({ version: "1.10.0" });
  expect(await catalogue().find("alpha@1.9.0")).toMatchObject({ version: "1.9.0" });
  expect(await catalogue().find("alpha@9.9.9")).toBeNull();
  expect(await catalogue().find("gamma")).toBeNull();
});

test("a search needs every word, and puts a name before a tag", async () => {
  await put(index(1));
  const names = async (search: EntrySearch) => (await catalogue().search(search)).map(({ name }) => name);
  expect(await names({ text: "alpha" })).toEqual(["alpha", "alpha", "beta"]);
  expect(await names({ text: "is beta." })).toEqual(["beta"]);
  expect(await names({ kind: "agent", tag: "alpha" })).toEqual(["beta"]);
  expect(await names({ kind: "mcp" })).toEqual([]);
  expect(await names({})).toHaveLength(3);
});

test("an index that nobody known has signed is not used", async () => {
  await put(index(1), other.privateKey);
  await expect(catalogue().search({})).rejects.toEqual(
    refusal("The catalogue is not used: its signature does not fit."),
  );
  await put(index(1), mine.privateKey, "theirs");
  await expect(catalogue().search({})).rejects.toThrow("which is not known");
  await rm(join(folder, "index.sig.json"));
  await expect(catalogue().search({})).rejects.toThrow("not signed");
});

test("a byte that was changed after it was signed is noticed", async () => {
  await put(index(1));
  await writeFile(join(folder, "index.json"), JSON.stringify(index(2)));
  await expect(catalogue().search({})).rejects.toThrow("does not fit");
});

test("an index that has expired is not used", async () => {
  await put(index(1, { expires_at: "2026-05-31T00:00:00.000Z" }));
  await expect(catalogue().search({})).rejects.toThrow("expired");
});

test("an older index does not come back after a newer", async () => {
  const seen = { highest: 0 };
  await put(index(7));
  await catalogue(seen).search({});
  await put(index(6));
  await expect(catalogue(seen).search({})).rejects.toThrow("number 7 was seen");
});

test("what is no key is named", () => {
  expect(() => parseCatalogueKeys("mine:short")).toThrow('"mine:short"');
});

test("the shipped index is signed by the shipped key, and is what its entries say", async () => {
  const shipped = new Catalogue({
    folder: shippedFolder,
    keys: parseCatalogueKeys(shippedKey),
    noteSequence: async (sequence) => sequence,
  });
  const found = await shipped.search({});
  expect(found.map(({ name }) => name)).toEqual([
    "code-reviewer",
    "conventional-commit",
    "security-reviewer",
    "test-writing",
  ]);
});
