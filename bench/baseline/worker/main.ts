/** The baseline's worker, a process of its own: BullMQ with a processor that does nothing, and the bare DAG engine. */
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { serveParent } from "../child-process.ts";
import { InDegreeEngine } from "../in-degree-engine.ts";
import { rawPrefix, rawQueues } from "../raw-queues.ts";

await serveParent(process, async ({ redisUrl, concurrency }) => {
  const worker = new Worker(rawQueues.tasks, async () => "done", {
    connection: new Redis(redisUrl, { maxRetriesPerRequest: null }),
    prefix: rawPrefix,
    concurrency,
  });
  await worker.waitUntilReady();
  new InDegreeEngine(redisUrl).work(concurrency);
  return 0;
});
