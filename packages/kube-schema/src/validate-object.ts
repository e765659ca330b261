/** Checks a Kubernetes object against the published schema of its kind, without a cluster. */
import { z } from "zod";
import { watchFields } from "./field-watch.ts";
import { findValidator } from "./find-validator.ts";
import { objectPath, pointerParts } from "./object-path.ts";

export interface ObjectFault {
  /** As people write it: `spec.template.spec.containers[0].imagee`. */
  readonly path: string;
  readonly message: string;
}

export interface ObjectVerdict {
  /** Whether a schema of the kind is at hand; without one, only `apiVersion` and `kind` are checked. */
  readonly known: boolean;
  /** Empty: the object is valid, as far as its schema says. */
  readonly faults: readonly ObjectFault[];
}

const typeMeta = z.looseObject({ apiVersion: z.string().min(1), kind: z.string().min(1) });

const schemaErrors = z.object({
  errors: z.array(
    z.object({
      instancePath: z.string(),
      keyword: z.string(),
      params: z.record(z.string(), z.unknown()),
      message: z.string().default("is not valid"),
    }),
  ),
});
type SchemaError = z.infer<typeof schemaErrors>["errors"][number];

/** Names every fault of `object`, unknown fields included. */
export async function validateObject(object: unknown): Promise<ObjectVerdict> {
  const meta = typeMeta.safeParse(object);
  if (!meta.success) {
    const faults = meta.error.issues.map((issue) => ({
      path: objectPath(issue.path.map(String)),
      message: issue.path.length === 0 ? "must be an object" : "must be a string that is not empty",
    }));
    return { known: false, faults };
  }
  const validate = await findValidator(meta.data.apiVersion, meta.data.kind);
  if (validate === undefined) return { known: false, faults: [] };
  const watch = watchFields(object);
  const faults = [...schemaFaults(validate, watch.view), ...watch.unknownFields().map(unknownField)];
  return { known: true, faults };
}

function unknownField(path: readonly string[]): ObjectFault {
  return { path: objectPath(path), message: "is not a known field" };
}

function schemaFaults(validate: () => unknown, view: unknown): ObjectFault[] {
  try {
    Reflect.apply(validate, view, []);
    return [];
  } catch (error) {
    const parsed = schemaErrors.safeParse(error);
    if (!parsed.success) throw error;
    return distinct(parsed.data.errors).map(describe);
  }
}

/** Leaves out what only repeats another error: the alternatives of a choice report at the same place. */
function distinct(errors: readonly SchemaError[]): SchemaError[] {
  const choices = new Set(["oneOf", "anyOf"]);
  return errors.filter((error, index) => {
    const others = errors.filter((other) => other.instancePath === error.instancePath);
    if (choices.has(error.keyword) && others.some((other) => !choices.has(other.keyword))) return false;
    return errors.findIndex((other) => sameFault(other, error)) === index;
  });
}

function sameFault(one: SchemaError, other: SchemaError): boolean {
  return objectPathOf(one) === objectPathOf(other) && one.message === other.message;
}

function objectPathOf(error: SchemaError): string {
  const missing = error.params["missingProperty"];
  const parts = pointerParts(error.instancePath);
  return objectPath(typeof missing === "string" ? [...parts, missing] : parts);
}

function describe(error: SchemaError): ObjectFault {
  const path = objectPathOf(error);
  if (error.keyword === "required") return { path, message: "is required" };
  const allowed = error.params["allowedValues"];
  if (Array.isArray(allowed)) return { path, message: `must be one of ${allowed.join(", ")}` };
  return { path, message: error.message };
}
