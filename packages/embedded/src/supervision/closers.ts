/** What was opened, closed in the reverse order: each part, even when closing another one failed. */

export class Closers implements AsyncDisposable {
  readonly #closers: (() => PromiseLike<unknown>)[] = [];

  add(close: () => PromiseLike<unknown>): void {
    this.#closers.push(close);
  }

  /** @throws the first error, after everything was closed */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
