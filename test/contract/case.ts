/** One request of an operation and what must be answered. */
import type { ErrorCode } from "@drover/errors";
import { expect } from "vitest";
import { z } from "zod";
import type { Answer } from "../e2e/api.ts";
import type { OperationName, Sent, World } from "./world.ts";

export interface Case {
  /** What is asked, in words. */
  readonly title: string;
  readonly sends?: Sent | ((world: World) => Sent | Promise<Sent>);
  readonly status: number;
  /** Of an error. */
  readonly code?: ErrorCode;
  /** What the body must hold at least. */
  readonly body?: unknown;
  /** All faults of the request: field → what its detail must contain. */
  readonly faults?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string | RegExp>>;
  /** What must hold beside that. */
  readonly also?: (answer: Answer, world: World) => void | Promise<void>;
  /** Undoes what others would feel, whatever came of it. */
  readonly after?: (world: World) => Promise<void>;
}

const faulty = z.object({ validations: z.array(z.object({ field: z.string(), detail: z.string() })) });

export function expectFaults(answer: Answer, faults: Readonly<Record<string, string>>): void {
  const { validations } = faulty.parse(answer.body);
  expect(validations.map(({ field }) => field).sort()).toEqual(Object.keys(faults).sort());
  for (const { field, detail } of validations) expect(detail, field).toContain(faults[field] ?? "");
}

export async function runCase(world: World, name: OperationName, one: Case): Promise<void> {
  try {
    const sent = typeof one.sends === "function" ? await one.sends(world) : (one.sends ?? {});
    await expectAnswer(await world.call(name, sent), one, world);
  } finally {
    await one.after?.(world);
  }
}

async function expectAnswer(answer: Answer, one: Case, world: World): Promise<void> {
  expect(answer.status, answer.text).toBe(one.status);
  if (one.code !== undefined) expect(answer.body).toMatchObject({ code: one.code });
  if (one.body !== undefined) expect(answer.body).toMatchObject(Object(one.body));
  if (one.faults !== undefined) expectFaults(answer, one.faults);
  for (const [header, expected] of Object.entries(one.headers ?? {})) {
    const value = answer.headers.get(header) ?? "";
    if (typeof expected === "string") expect(value, header).toBe(expected);
    else expect(value, header).toMatch(expected);
  }
  await one.also?.(answer, world);
}
