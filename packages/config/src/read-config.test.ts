import { expect, test } from "vitest";
import { z } from "zod";
import { readConfig } from "./read-config.ts";

const schema = z.object({
  PORT: z.coerce.number().int(),
  KEY: z.string().min(8),
  NAME: z.string().default("drover"),
});

test("every faulty variable is named at once, and no value is shown", () => {
  const read = () => readConfig(schema, { PORT: "many", KEY: "hunter2" });
  expect(read).toThrow(/PORT/);
  expect(read).toThrow(/KEY/);
  expect(read).not.toThrow(/hunter2/);
});

test("an empty variable counts as absent", () => {
  expect(readConfig(schema, { PORT: "80", KEY: "long enough", NAME: "" })).toEqual({
    PORT: 80,
    KEY: "long enough",
    NAME: "drover",
  });
});
