/** The end of a text that may grow without bound. */
export class BoundedText {
  readonly #lengthMax: number;
  #text = "";
  #cut = 0;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  append(text: string): void {
    this.#text += text;
    if (this.#text.length > 2 * this.#lengthMax) this.#shorten();
  }

  /** The last characters, at most as many as allowed. */
  take(): string {
    this.#shorten();
    return this.#text;
  }

  /** How many characters before those were given up. */
  get cut(): number {
    return this.#cut + Math.max(0, this.#text.length - this.#lengthMax);
  }

  #shorten(): void {
    const over = this.#text.length - this.#lengthMax;
    if (over <= 0) return;
    this.#text = this.#text.slice(over);
    this.#cut += over;
  }
}
