import { redriveDeadLetter } from "@drover/contracts";
import { answering } from "../../routing/route.ts";
import { findDeadLetter } from "./find-dead-letter.ts";
import { redriveLetter } from "./redrive-letter.ts";

export const redriveDeadLetterRoute = answering(redriveDeadLetter)(
  async (services, { params, principal }) => {
    const letter = await findDeadLetter(services, principal, "dead_letter:update", params.dead_letter_id);
    return { status: 202, body: await redriveLetter(services, letter, principal.id) };
  },
);
