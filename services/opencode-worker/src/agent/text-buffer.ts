/** Gathers the pieces of a streamed text, so that an answer becomes a few events instead of one for each token. */

const pauseMs = 250;
const lengthMax = 2_048;

export class TextBuffer {
  readonly #emit: (text: string) => void;
  #text = "";
  #timer: NodeJS.Timeout | null = null;

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= lengthMax) {
      this.flush();
    } else if (this.#timer === null && this.#text !== "") {
      this.#timer = setTimeout(() => this.flush(), pauseMs);
      this.#timer.unref();
    }
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#emit(text);
  }
}
