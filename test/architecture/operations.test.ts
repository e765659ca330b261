/** Each operation of the API is one object; together they must not contradict each other. */
import { operations } from "@drover/contracts";
import { isErrorCode } from "@drover/errors";
import { expect, test } from "vitest";

const all = Object.entries(operations);

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

test("every operation has an id, and a method and path, of its own", () => {
  expect(all.length).toBeGreaterThan(20);
  expect(repeated(all.map(([, { id }]) => id))).toEqual([]);
  const places = all.map(([, { method, path }]) => `${method} ${path.replace(/\{[^}]+\}/g, "{}")}`);
  expect(repeated(places)).toEqual([]);
});

test("an operation is listed under its own name", () => {
  const camelCase = (id: string) => id.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const named = (name: string) => name.replace("OpenCode", "Opencode");
  expect(all.filter(([name, { id }]) => camelCase(id) !== named(name)).map(([name]) => name)).toEqual([]);
});

test("the parameters of a path are those of the operation", () => {
  const wrong = all.filter(([, { path, params }]) => {
    const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name).sort();
    return JSON.stringify(inPath) !== JSON.stringify(Object.keys(params.shape).sort());
  });
  expect(wrong.map(([name]) => name)).toEqual([]);
});

test("every error that an operation names is a code, once", () => {
  const wrong = all.filter(
    ([, { errors }]) => !errors.every(isErrorCode) || new Set(errors).size < errors.length,
  );
  expect(wrong.map(([name]) => name)).toEqual([]);
});
