/** Image references: their full form, and the operator's list of those that may be used. */
import { PermanentFailure } from "@drover/errors";

/** The reference with a tag or digest: the engine would take all tags of one without. */
export function withTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return name.includes(":") || name.includes("@") ? reference : `${reference}:latest`;
}

/** The reference with its registry, as `docker.io/library/debian:trixie` for `debian:trixie`. */
export function withRegistry(reference: string): string {
  const [first = "", ...rest] = withTag(reference).split("/");
  if (rest.length === 0) return `docker.io/library/${first}`;
  const isRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  return isRegistry ? [first, ...rest].join("/") : `docker.io/${[first, ...rest].join("/")}`;
}

export class ImagePolicy {
  readonly #patterns: readonly RegExp[];
  readonly allowsAll: boolean;

  /** @param patterns references with `*`, matched with and without the registry */
  constructor(patterns: readonly string[]) {
    this.allowsAll = patterns.includes("*");
    this.#patterns = patterns.map((pattern) => {
      const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
      return new RegExp(`^${parts.join(".*")}$`);
    });
  }

  /** @throws PermanentFailure `image_not_allowed` */
  check(reference: string): void {
    const forms = [withTag(reference), withRegistry(reference)];
    if (this.allowsAll || this.#patterns.some((pattern) => forms.some((form) => pattern.test(form)))) return;
    throw new PermanentFailure(
      "image_not_allowed",
      `The image ${reference} is not among those that this worker may use.`,
    );
  }
}
