/**
 * Bull Board over every queue of every shard, for whoever may look at the site's queues; acting needs the permission to change
 * them. Jobs hold ids only, so the board shows no payload. The page asks this server only.
 */

import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { authorize } from "@drover/access";
import { DroverError } from "@drover/errors";
import type { Express, RequestHandler } from "express";
import { credentialOf } from "../credentials.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitRate } from "../middleware/limit-rate.ts";
import { principalOf, stateOf } from "../request-state.ts";
import type { Services } from "../services.ts";
import { boardPath, signInPath } from "./sign-in.ts";

/** The page links a font of another site. */
const foreignLink = /<link[^>]+href="https?:[^>]*>\s*/g;

const markRoute: RequestHandler = (_request, response, next) => {
  stateOf(response).route = boardPath;
  next();
};

/** A browser that has not signed in is shown where to; everybody else gets the 401 of every other path. */
const offerSignIn: RequestHandler = (request, response, next) => {
  const isPage = request.method === "GET" && request.accepts(["json", "html"]) === "html";
  if (isPage && credentialOf(request, null) === null) response.redirect(302, signInPath);
  else next();
};

const authorizeBoard: RequestHandler = (request, response, next) => {
  const looks = request.method === "GET" || request.method === "HEAD";
  authorize(principalOf(response), looks ? "queue:read" : "queue:update", {});
  next();
};

const keepLocal: RequestHandler = (_request, response, next) => {
  const send = response.send.bind(response);
  response.send = (body: unknown) =>
    send(
      typeof body === "string" && body.startsWith("<!DOCTYPE html>") ? body.replace(foreignLink, "") : body,
    );
  next();
};

export function serveQueueBoard(app: Express, services: Services): void {
  const { store } = services;
  const several = store.keyspace.shards.length > 1;
  const board = new ExpressAdapter();
  board.setBasePath(boardPath);
  createBullBoard({
    queues: store.allQueues().map(
      (queue) =>
        new BullMQAdapter(queue, {
          // Queues of several shards share their names.
          ...(several ? { prefix: `${queue.opts.prefix ?? ""} ` } : {}),
        }),
    ),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: "Drover" } },
  });
  // Its own answers would be a 500 for an outage, in words of Redis.
  board.setErrorHandler((error) => {
    throw error;
  });
  const guards: RequestHandler[] = [
    markRoute,
    offerSignIn,
    authenticate(services.authentication),
    limitRate(services),
    authorizeBoard,
    keepLocal,
  ];
  app.use(boardPath, ...guards, board.getRouter(), () => {
    throw new DroverError("route_not_found");
  });
}
