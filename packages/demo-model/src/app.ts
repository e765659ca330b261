/** The HTTP face of the demo model: OpenAI's chat completions, as OpenCode and Drover's planner call them. */
import { setTimeout as sleep } from "node:timers/promises";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { z } from "zod";
import { completionBody, completionChunks, completionOf } from "./completion.ts";
import { type CompletionRequest, completionRequest } from "./completion-request.ts";
import { decide } from "./decide.ts";
import { errorForStatus, invalidRequest, sendError } from "./openai-error.ts";

/** A long session's messages, with the files in them. */
const bodyLimit = "32mb";

const models = ["drover-demo", "drover-demo-small"];

export function createApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });
  app.get("/v1/models", (_request, response) => {
    const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "drover" }));
    response.json({ object: "list", data });
  });
  app.post("/v1/chat/completions", express.json({ limit: bodyLimit, type: () => true }), complete);
  app.use((request, response) => {
    sendError(response, invalidRequest(404, `There is no ${request.method} ${request.path}.`));
  });
  app.use(answerError);
  return app;
}

async function complete(request: Request, response: Response): Promise<void> {
  const parsed = completionRequest.safeParse(request.body);
  if (!parsed.success) {
    sendError(response, invalidRequest(400, z.prettifyError(parsed.error)));
    return;
  }
  const answer = decide(parsed.data);
  // The client or the end of the server closes the connection.
  if (answer.kind === "silence") return;
  if (!(await delay(answer.delayMs, response))) return;
  if (answer.kind === "failure") {
    if (answer.retryAfterSeconds !== null) response.set("retry-after", String(answer.retryAfterSeconds));
    sendError(response, errorForStatus(answer.status));
    return;
  }
  sendCompletion(parsed.data, response, answer);
}

/** False: the client went away while we waited. */
async function delay(delayMs: number, response: Response): Promise<boolean> {
  if (delayMs === 0) return true;
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once("close", leave);
  try {
    await sleep(delayMs, undefined, { signal: gone.signal });
    return true;
  } catch {
    return false;
  } finally {
    response.off("close", leave);
  }
}

function sendCompletion(
  request: CompletionRequest,
  response: Response,
  answer: Parameters<typeof completionOf>[1],
): void {
  const completion = completionOf(request, answer);
  if (request.stream !== true) {
    response.json(completionBody(completion));
    return;
  }
  response.set({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  const chunks = completionChunks(completion, request.stream_options?.include_usage === true);
  for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end("data: [DONE]\n\n");
}

const bodyFault = z.object({ status: z.number().int().min(400).max(499), message: z.string() });

const answerError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const fault = bodyFault.safeParse(error);
  sendError(
    response,
    fault.success
      ? invalidRequest(fault.data.status, fault.data.message)
      : { ...errorForStatus(500), message: "The demo model failed." },
  );
};
