import { deleteDeadLetter } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findDeadLetter } from "./find-dead-letter.ts";

export const deleteDeadLetterRoute = answering(deleteDeadLetter)(async (services, { params, principal }) => {
  const letter = await findDeadLetter(services, principal, "dead_letter:update", params.dead_letter_id);
  await services.deadLetters.delete(letter.id);
  return { status: 204, body: undefined };
});
