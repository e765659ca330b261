/** The baseline of accepting: Express, a JSON body, one `queue.add`, one answer. No keys, no checks, no ledger. */
import { once } from "node:events";
import { createServer } from "node:http";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";
import { serveParent } from "../child-process.ts";
import { rawJobOptions, rawPrefix, rawQueues } from "../raw-queues.ts";

await serveParent(process, async ({ redisUrl }) => {
  const queue = new Queue(rawQueues.accepted, { connection: new Redis(redisUrl), prefix: rawPrefix });
  const app = express();
  app.use(express.json());
  app.post("/execute", async (request, response) => {
    const job = await queue.add("task", request.body, rawJobOptions);
    response.status(202).json({ id: job.id });
  });
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
});
