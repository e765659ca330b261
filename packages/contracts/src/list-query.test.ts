import { DroverError } from "@drover/errors";
import { expect, test } from "vitest";
import { parseSearch } from "./list-query.ts";

const keys = ["status", "name"] as const;

test("terms are read by key, and a value may be quoted", () => {
  expect(parseSearch('status:failed name:"Full Stack Feature"', keys)).toEqual({
    status: "failed",
    name: "Full Stack Feature",
  });
  expect(parseSearch(undefined, keys)).toEqual({});
  expect(parseSearch("  ", keys)).toEqual({});
});

test.each(["colour:red", "failed", "status:", ":failed", "name"])(
  "%s is refused, and the known terms are named",
  (q) => {
    const parse = () => parseSearch(q, keys);
    expect(parse).toThrow(DroverError);
    try {
      parse();
    } catch (error) {
      expect(error).toMatchObject({
        code: "validation_failed",
        validations: [{ field: "q", detail: expect.stringContaining("status:…") }],
      });
    }
  },
);
