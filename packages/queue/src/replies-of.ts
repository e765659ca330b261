/**
 * The replies of a pipeline. It resolves also when the connection was lost in the middle of it, with an error in the place of
 * each reply that did not come; whoever reads such a place as "there is nothing" takes an outage for an answer.
 */
import type { ChainableCommander } from "ioredis";

/** @throws the first error among the replies */
export async function repliesOf(pipeline: ChainableCommander): Promise<unknown[]> {
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
