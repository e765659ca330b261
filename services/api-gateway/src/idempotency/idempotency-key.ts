/** The `Idempotency-Key` of a request. */
import { DroverError } from "@drover/errors";

const printable = /^[\x20-\x7e]{1,255}$/;

/** @throws DroverError validation_failed when the header is there and is not 1 to 255 printable characters */
export function idempotencyKeyOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  if (!printable.test(header)) {
    throw new DroverError("validation_failed", {
      validations: [{ field: "Idempotency-Key", detail: "must be 1 to 255 printable ASCII characters" }],
    });
  }
  return header;
}
