/**
 * The safety net beneath the permissions: whatever an agent asks nevertheless is refused at once, with a reason that the
 * model reads, because there is nobody to answer.
 */
import { toError } from "@drover/errors";
import type { Logger } from "@drover/observability";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";

const reason = "This is not allowed here, and nobody can be asked. Find a way without it.";

/** Refuses everything that is being asked in the instance; never throws. */
export async function rejectAsked(instance: Instance, logger: Logger): Promise<void> {
  const { permission, question } = instance.client;
  try {
    const [permissions, questions] = await Promise.all([
      askInstance("list what it asks", (signal) => permission.list({}, { signal })),
      askInstance("list its questions", (signal) => question.list({}, { signal })),
    ]);
    for (const asked of permissions) {
      logger.warn({ permission: asked.permission }, "the agent asked for a permission; it was refused");
      await permission.reply({ requestID: asked.id, reply: "reject", message: reason });
    }
    for (const asked of questions) {
      logger.warn("the agent asked a question; it was refused");
      await question.reject({ requestID: asked.id });
    }
  } catch (error) {
    logger.debug({ err: toError(error) }, "what the agent asks could not be refused");
  }
}
