/** What the model is told when its work was cut off. The first lines are for a machine, as in every prompt. */

const request = [
  "You were interrupted in the middle of the request above. Look first at what is already there: do not repeat edits or",
  "commands that are done. Do what remains, and when you are done, sum up all of it in a few sentences.",
].join("\n");

export interface Decided {
  /** What was asked, and what came of it, in words. */
  readonly words: string;
  /** The answer to a question, on one line; null: it was something else. */
  readonly answer: string | null;
}

/** @param decided what a person has decided meanwhile; null: nothing */
export function continuationPrompt(decided: Decided | null): string {
  const head = ["Action: continue"];
  if (decided !== null && decided.answer !== null) head.push(`Answer: ${decided.answer}`);
  return [head.join("\n"), request, ...(decided === null ? [] : [decided.words])].join("\n\n");
}

/** The request of a task whose session is lost, so that all there is of an earlier attempt is what it left in the files. */
export function startedOver(prompt: string): string {
  return `${prompt}\n\nAn earlier attempt at this was interrupted. Look first at what it left: do not repeat edits that are done.`;
}
