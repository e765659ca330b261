/**
 * Checks the inputs of a template by its JSON Schema and fills in defaults.
 *
 * The schema comes from a caller, so nothing in it may reach out or run for long: references stay within the schema, its size is
 * bounded, and its patterns run on RE2, which needs linear time. `format` is a remark, as the standard has it by default.
 */
import { createHash } from "node:crypto";
import { canonicalJson, fieldPath, type InputsSchema, type Payload } from "@drover/contracts";
import type { Validation } from "@drover/errors";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";

const schemaBytesMax = 64 * 1024;
const keptMax = 200;

/** A pattern in linear time, as ajv wants one; its text is how ajv tells patterns apart. */
function linearPattern(pattern: string) {
  const compiled = RE2JS.compile(pattern);
  return { test: (text: string) => compiled.matcher(text).find(), toString: () => pattern };
}
const regExp = Object.assign(linearPattern, { code: "linearPattern" });

const options = {
  allErrors: true,
  useDefaults: true,
  strict: false,
  validateFormats: false,
  logger: false,
  code: { regExp },
} as const;

/** Knows the standard's own schema and nothing else. */
const standard = new Ajv2020(options);

const compiled = new Map<string, ValidateFunction>();

/** The schema as it is applied: of an object, closed unless it says otherwise. */
function applied(schema: InputsSchema): InputsSchema {
  const { $schema: _, $id: __, ...rest } = schema;
  return { additionalProperties: false, ...rest, type: "object" };
}

/** @throws Error when the schema is not one */
function validatorOf(schema: InputsSchema): ValidateFunction {
  const key = createHash("sha256").update(canonicalJson(schema)).digest("base64");
  const known = compiled.get(key);
  if (known !== undefined) return known;
  // One instance for each: an instance keeps all that it ever compiled.
  const validate = new Ajv2020({ ...options, meta: false, validateSchema: false }).compile(applied(schema));
  const [oldest] = compiled.keys();
  if (compiled.size >= keptMax && oldest !== undefined) compiled.delete(oldest);
  compiled.set(key, validate);
  return validate;
}

/** Every fault of a schema of inputs, with its path under `inputs`. */
export function inputsSchemaFaults(schema: InputsSchema): Validation[] {
  const refuse = (detail: string, field = "inputs"): Validation[] => [{ field, detail }];
  if (Buffer.byteLength(JSON.stringify(schema)) > schemaBytesMax) {
    return refuse(`must be at most ${schemaBytesMax} bytes of JSON`);
  }
  if (schema["type"] !== undefined && schema["type"] !== "object") {
    return refuse('must be "object": inputs have names', "inputs.type");
  }
  const remote = remoteReferences(schema, ["inputs"]);
  if (remote.length > 0) return remote;
  if (standard.validateSchema(applied(schema)) !== true) {
    return (standard.errors ?? []).map((error) => ({
      field: pathOf("inputs", error),
      detail: error.message ?? "is not JSON Schema",
    }));
  }
  try {
    const validate = validatorOf(schema);
    validate({});
    // What is missing is for whoever starts a run; a default that its own schema refuses never can be right.
    return (validate.errors ?? [])
      .filter((error) => error.instancePath !== "")
      .map((error) => ({
        field: `${pathOf("inputs.properties", error)}.default`,
        detail: messageOf(error),
      }));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : "is not JSON Schema");
  }
}

/** What leads out of the schema: nothing is fetched. */
function remoteReferences(value: unknown, path: readonly PropertyKey[]): Validation[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if ((key === "$ref" || key === "$dynamicRef") && typeof item === "string" && !item.startsWith("#")) {
      return [{ field: fieldPath(here), detail: "must refer to a place within this schema: #/…" }];
    }
    if (key === "$id" && path.length > 1) {
      return [{ field: fieldPath(here), detail: "must not stand within a schema of inputs" }];
    }
    return remoteReferences(item, here);
  });
}

/**
 * The inputs with defaults filled in, and every fault with its path: `inputs.region`.
 * @param schema absent: there are no inputs
 */
export function checkInputs(
  schema: InputsSchema | undefined,
  given: Payload,
): { readonly inputs: Payload; readonly faults: Validation[] } {
  const inputs = structuredClone(given);
  const validate = validatorOf(schema ?? {});
  if (validate(inputs)) return { inputs, faults: [] };
  const faults = (validate.errors ?? []).map((error) => ({
    field: pathOf("inputs", error),
    detail: messageOf(error),
  }));
  return { inputs, faults };
}

function messageOf({ keyword, message, params }: ErrorObject): string {
  if (keyword === "required") return "is required";
  if (keyword === "additionalProperties") return "is not an input of this template";
  if (keyword === "enum") return `must be one of ${JSON.stringify(Object(params)["allowedValues"])}`;
  if (keyword === "const") return `must be ${JSON.stringify(Object(params)["allowedValue"])}`;
  return message ?? "is not valid";
}

/** A JSON pointer, and the field that is missing or too much, as a path that a caller writes. */
function pathOf(root: string, { instancePath, keyword, params }: ErrorObject): string {
  const parts = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  if (keyword === "required") parts.push(String(Object(params)["missingProperty"]));
  if (keyword === "additionalProperties") parts.push(String(Object(params)["additionalProperty"]));
  return parts.length === 0 ? root : fieldPath(parts, root);
}
