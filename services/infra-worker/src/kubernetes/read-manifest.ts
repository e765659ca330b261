/**
 * YAML to Kubernetes objects, within bounds and with every fault named by its document.
 *
 * YAML is read as Kubernetes reads it where the versions of YAML differ: `0644` is octal, as in a `defaultMode`.
 */
import { PermanentFailure, toError } from "@drover/errors";
import { type Document, parseAllDocuments, type ScalarTag } from "yaml";
import { z } from "zod";
import { type KubeObject, kubeObject } from "./kube-object.ts";
import type { ManifestSource } from "./manifest-source.ts";

export interface ManifestEntry {
  readonly object: KubeObject;
  /** How messages name it: `document 2`. */
  readonly where: string;
}

const textLengthMax = 4 * 1024 * 1024;
const objectsMax = 1_000;
const aliasesMax = 100;
const faultsShown = 50;

const octal: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  format: "YAML11OCT",
  default: true,
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const list = z.looseObject({ kind: z.literal("List"), items: z.array(z.unknown()) });

/** @throws PermanentFailure `manifest_invalid` with every fault, `manifest_missing` where there is no object at all */
export function readManifest(sources: readonly ManifestSource[]): ManifestEntry[] {
  if (sources.reduce((sum, { text }) => sum + text.length, 0) > textLengthMax) {
    throw manifestInvalid([`it is longer than ${textLengthMax} characters`]);
  }
  const readings = sources.flatMap(documentsOf).map(readObject);
  const faults = readings.flatMap((reading) => ("faults" in reading ? reading.faults : []));
  const entries = readings.flatMap((reading) => ("object" in reading ? [reading] : []));
  if (entries.length > objectsMax) faults.push(`it has more than ${objectsMax} objects`);
  if (faults.length > 0) throw manifestInvalid(faults);
  if (entries.length === 0) throw new PermanentFailure("manifest_missing", "The manifest holds no object.");
  return entries;
}

export function fault(where: string, path: string, message: string): string {
  return `${where}: ${path === "" ? "the document" : path} ${message}`;
}

export function manifestInvalid(faults: readonly string[]): PermanentFailure {
  const more = faults.length > faultsShown ? `; and ${faults.length - faultsShown} more` : "";
  const shown = faults.slice(0, faultsShown).join("; ");
  return new PermanentFailure("manifest_invalid", `The manifest is not valid: ${shown}${more}.`);
}

interface Faulty {
  readonly faults: string[];
}

interface Located {
  readonly where: string;
  readonly value: unknown;
}

function readObject(reading: Located | Faulty): ManifestEntry | Faulty {
  if ("faults" in reading) return reading;
  const { where, value } = reading;
  const parsed = kubeObject.safeParse(value);
  if (parsed.success) return { object: parsed.data, where };
  return { faults: parsed.error.issues.map(({ path, message }) => fault(where, path.join("."), message)) };
}

/** What each document holds, empty ones left out and lists taken apart. */
function documentsOf({ name, text }: ManifestSource): (Located | Faulty)[] {
  const documents = [...parseAllDocuments(text, { customTags: (tags) => [octal, ...tags], merge: true })];
  return documents.flatMap((document, index): (Located | Faulty)[] => {
    const where = `${name === "" ? "" : `${name}, `}document ${index + 1}`;
    const reading = plainValue(document, where);
    if ("faults" in reading) return [reading];
    if (reading.value === null) return [];
    const items = list.safeParse(reading.value).data?.items;
    return items?.map((value, at) => ({ where: `${where}, items[${at}]`, value })) ?? [reading];
  });
}

/** The document as JSON would hold it. */
function plainValue(document: Document, where: string): Located | Faulty {
  const faults = document.errors.map((error) => `${where}: ${firstLine(error)}`);
  if (faults.length > 0) return { faults };
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return { where, value: JSON.parse(JSON.stringify(value) ?? "null") };
  } catch (error) {
    return { faults: [`${where}: ${firstLine(toError(error))}`] };
  }
}

function firstLine({ message }: Error): string {
  return (message.split("\n", 1)[0] ?? message).replace(/:$/, "");
}
