/** Stored events, told in short: `s1.queued`, `workflow.completed`. */
import { type Event, event } from "@drover/contracts";

/** Each word is `<step>.<what>` or `workflow.<what>`; their order is that of the stream. */
export function story(...words: string[]): Event[] {
  return words.map((word, position) => {
    const at = word.lastIndexOf(".");
    const [subject, what] = [word.slice(0, at), word.slice(at + 1)];
    const ofRun = subject === "workflow";
    return event.parse({
      id: `1700000000000-${position}`,
      type: ofRun ? word : `step.${what}`,
      time: "2026-01-01T00:00:00.000Z",
      workflow_id: "wf_00000000000000000000000000",
      ...(ofRun ? {} : { step_id: subject }),
      data: {},
    });
  });
}
