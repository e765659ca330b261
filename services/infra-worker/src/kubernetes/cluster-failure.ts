/** What the API's refusals mean for the task. */
import {
  CapacityFailure,
  isTaskFailure,
  PermanentFailure,
  RetryableFailure,
  type TaskFailure,
  toError,
} from "@drover/errors";
import { z } from "zod";
import type { ClusterAnswer } from "./cluster-connection.ts";

/** The body of a refusal: a `Status` object. */
const statusObject = z.object({
  message: z.string().default(""),
  reason: z.string().default(""),
  details: z
    .object({
      causes: z
        .array(
          z.object({
            field: z.string().default(""),
            message: z.string().default(""),
            reason: z.string().default(""),
          }),
        )
        .default([]),
      retryAfterSeconds: z.number().optional(),
    })
    .default({ causes: [] }),
});
type StatusObject = z.infer<typeof statusObject>;

const nothing: StatusObject = { message: "", reason: "", details: { causes: [] } };
const retryDefaultMs = 5_000;
/** The API answers 500 to an object with a field that its schema does not have. */
const undeclaredField = /field not declared in schema|failed to create typed patch object/i;

/**
 * @param what the object and what was done with it, as in `apply Deployment shop/web`
 * @param secret whether the API's words may repeat values of a secret and are left out
 */
export function answerFailure(answer: ClusterAnswer, what: string, secret: boolean): TaskFailure {
  const status = statusObject.safeParse(answer.body).data ?? nothing;
  const { causes, retryAfterSeconds } = status.details;
  const text = `The API could not ${what}: ${describe(answer.status, status, secret)}`;
  const waitMs =
    answer.retryAfterMs ?? (retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000);
  if (answer.status === 429) {
    return new CapacityFailure("kubernetes_unavailable", text, { retryAfterMs: waitMs ?? retryDefaultMs });
  }
  if (answer.status >= 500 && !undeclaredField.test(status.message)) {
    return new RetryableFailure(
      "kubernetes_unavailable",
      text,
      waitMs === undefined ? {} : { retryAfterMs: waitMs },
    );
  }
  const conflicts = causes.filter(({ reason }) => reason === "FieldManagerConflict");
  if (answer.status === 409 && conflicts.length === 0)
    return new RetryableFailure("kubernetes_rejected", text);
  const hint = conflicts.length === 0 ? "" : ' ("force" takes these fields over)';
  return new PermanentFailure("kubernetes_rejected", text + hint);
}

function describe(code: number, { message, reason, details }: StatusObject, secret: boolean): string {
  const fields = details.causes.map((cause) =>
    secret ? cause.field : `${cause.field} ${cause.message}`.trim(),
  );
  const words = secret ? reason : message || reason;
  return [`status ${code}`, words, fields.join("; ")].filter((part) => part !== "").join(": ");
}

/** No answer at all. */
export function connectionFailure(error: unknown): TaskFailure {
  if (isTaskFailure(error)) return error;
  return new RetryableFailure("kubernetes_unavailable", describeUnreachable(error), { cause: error });
}

const systemError = z.object({ code: z.string() });

function describeUnreachable(error: unknown): string {
  const code = systemError.safeParse(error).data?.code;
  return `The Kubernetes API does not answer (${code ?? toError(error).message}).`;
}
