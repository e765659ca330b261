/** Requests that offer no tools: OpenCode's titles and summaries, Drover's plans, and anybody's plain question. */
import type { Conversation } from "./conversation.ts";
import { disclosure } from "./disclosure.ts";
import { type Answer, say } from "./script.ts";
import { readTaskPrompt } from "./task-prompt.ts";
import { isPlanRequest, planAnswer } from "./workflow-plan.ts";

const titleWordsMax = 6;

/** How much of a system message says what it is for, in characters. */
const purposeCharacters = 200;

/** Null: it is a task whose tools were all denied. */
export function answerWithoutTools(conversation: Conversation): Answer | null {
  const { prompt } = conversation;
  const purpose = conversation.system.slice(0, purposeCharacters);
  if (/title generator/i.test(purpose)) return say(titleOf(prompt));
  const { headline } = readTaskPrompt(prompt);
  if (/summari[sz]/i.test(purpose)) return say(`Summary of: ${headline}\n\n${disclosure}`);
  if (isPlanRequest(prompt)) return say(planAnswer(prompt));
  if (/^Action: \S/m.test(prompt)) return null;
  return say(`You wrote: ${headline}\n\n${disclosure}`);
}

/** OpenCode may put a line of its own before what it wants a title for. */
function titleOf(prompt: string): string {
  const { action, headline } = readTaskPrompt(prompt.replace(/^Generate a title.*$/im, ""));
  const words = headline.split(/\s+/).slice(0, titleWordsMax).join(" ");
  return action === "prompt" ? words : `${action.replaceAll("_", " ")}: ${words}`;
}
