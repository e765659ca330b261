/**
 * The error that ends a request. Thrown anywhere below a route, it becomes the body of the wire contract.
 *
 * `detail` is for the reader, `validations` name each faulty field, `retryAfterMs` becomes `Retry-After`.
 */
import { type ErrorCode, errorCatalogue } from "./catalogue.ts";

export interface Validation {
  /** Path of the field as the caller wrote it, e.g. `steps[2].depends_on`. */
  readonly field: string;
  readonly detail: string;
}

export interface ErrorBody {
  message: string;
  code: ErrorCode;
  detail?: string;
  validations?: Validation[];
}

export interface DroverErrorOptions {
  detail?: string;
  validations?: readonly Validation[];
  retryAfterMs?: number;
  cause?: unknown;
}

export class DroverError extends Error {
  override readonly name = "DroverError";
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly validations: readonly Validation[];
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, options: DroverErrorOptions = {}) {
    super(options.detail ?? errorCatalogue[code].title, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.validations = options.validations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  /** The body of the wire contract. */
  toBody(): ErrorBody {
    return {
      message: errorCatalogue[this.code].title,
      code: this.code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.validations.length === 0 ? {} : { validations: [...this.validations] }),
    };
  }
}
