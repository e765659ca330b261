/** What a call throws: the API's refusal, an API that cannot be reached, or a wait that took too long. */
import { errorBody } from "@drover/contracts";
import type { Validation } from "@drover/errors";

/** The API answered with an error, or with something that is not in its contract (`unexpected_response`). */
export class DroverApiError extends Error {
  override readonly name = "DroverApiError";
  readonly status: number;
  readonly code: string;
  /** The API's sentence alone; `message` holds the detail and every fault as well. */
  readonly title: string;
  readonly detail: string | undefined;
  readonly validations: readonly Validation[];
  /** What to quote to whoever runs the deployment; null when the answer had none. */
  readonly requestId: string | null;
  /** When trying again makes sense, in milliseconds from now; null when the API did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    options: {
      status: number;
      code: string;
      detail?: string | undefined;
      validations?: readonly Validation[] | undefined;
      requestId?: string | null;
      retryAfterMs?: number | null;
      cause?: unknown;
    },
  ) {
    const faults = (options.validations ?? []).map(({ field, detail }) => `${field} ${detail}`);
    super([message, options.detail, ...faults].filter((part) => part !== undefined).join(" "), {
      cause: options.cause,
    });
    this.title = message;
    this.status = options.status;
    this.code = options.code;
    this.detail = options.detail;
    this.validations = options.validations ?? [];
    this.requestId = options.requestId ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** No answer came: refused, reset, or not within the deadline. `cause` says more. */
export class DroverUnreachable extends Error {
  override readonly name = "DroverUnreachable";
}

/** A task or run was not final within the time that the caller gave it. It goes on. */
export class WaitTimeout extends Error {
  override readonly name = "WaitTimeout";
}

/** The error that a response stands for. Reads its body. */
export async function apiErrorOf(response: Response): Promise<DroverApiError> {
  const text = await response.text().catch(() => "");
  const context = {
    status: response.status,
    requestId: response.headers.get("x-request-id"),
    retryAfterMs: retryAfterMs(response.headers.get("retry-after")),
  };
  const body = errorBody.safeParse(parseJson(text));
  if (!body.success) {
    const message = `The API answered ${response.status} without a body of its contract.`;
    return new DroverApiError(message, { ...context, code: "unexpected_response" });
  }
  const { message, code, detail, validations } = body.data;
  return new DroverApiError(message, { ...context, code, detail, validations });
}

function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
