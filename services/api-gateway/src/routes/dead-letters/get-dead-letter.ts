import { getDeadLetter } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { answering } from "../../routing/route.ts";
import { findDeadLetter } from "./find-dead-letter.ts";

export const getDeadLetterRoute = answering(getDeadLetter)(async (services, { params, principal }) => {
  const { id } = await findDeadLetter(services, principal, "dead_letter:read", params.dead_letter_id);
  const record = await services.deadLetters.inspect(id);
  // It was redriven or dropped in between.
  if (record === null) throw new DroverError("not_found");
  return { status: 200, body: record };
});
