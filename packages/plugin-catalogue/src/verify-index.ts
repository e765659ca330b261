/** Whether an index may be trusted: signed by a known key, not expired, not older than one that was seen before. */
import { verify } from "node:crypto";
import { DroverError } from "@drover/errors";
import { type CatalogueIndex, catalogueIndex, catalogueSignature } from "./catalogue-index.ts";
import type { CatalogueKeys } from "./catalogue-keys.ts";

export interface IndexFiles {
  readonly index: Buffer;
  readonly signature: string;
}

export interface Trust {
  readonly keys: CatalogueKeys;
  /** The highest sequence number that was ever trusted. */
  readonly sequenceSeen: number;
  readonly nowMs: number;
}

/** @throws DroverError catalogue_unavailable with the reason */
export function verifyIndex({ index, signature }: IndexFiles, trust: Trust): CatalogueIndex {
  const signed = catalogueSignature.safeParse(readJson(signature));
  if (!signed.success) throw untrusted("it is not signed");
  const key = trust.keys.get(signed.data.key_id);
  if (key === undefined)
    throw untrusted(`it is signed with the key ${signed.data.key_id}, which is not known`);
  if (!verify(null, index, key, Buffer.from(signed.data.signature, "base64")))
    throw untrusted("its signature does not fit");
  const parsed = catalogueIndex.safeParse(readJson(index.toString("utf8")));
  if (!parsed.success) throw untrusted("it is not an index");
  if (Date.parse(parsed.data.expires_at) <= trust.nowMs)
    throw untrusted(`it expired at ${parsed.data.expires_at}`);
  if (parsed.data.sequence < trust.sequenceSeen)
    throw untrusted(`it is number ${parsed.data.sequence}, and number ${trust.sequenceSeen} was seen before`);
  return parsed.data;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function untrusted(reason: string): DroverError {
  return new DroverError("catalogue_unavailable", { detail: `The catalogue is not used: ${reason}.` });
}
