/** Sessions of an OpenCode server: making one, going on with one, reading one, and waiting for it to rest. */
import { setTimeout as delay } from "node:timers/promises";
import { PermanentFailure } from "@drover/errors";
import type { AssistantMessage } from "@opencode-ai/sdk/v2";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import { sessionPermissions } from "../instance/permissions.ts";
import { turnedOffPermissions } from "../plugins/plugin-permissions.ts";
import type { SessionMessage } from "./outcome.ts";

export interface SessionRequest {
  readonly instance: Instance;
  /** Go on with this one; null: make a new one. */
  readonly sessionId: string | null;
  readonly title: string;
  readonly readOnly: boolean;
}

const restDeadlineMs = 5_000;
const restPauseMs = 100;

/**
 * @returns the session's id
 * @throws PermanentFailure `invalid_payload` when the session to go on with does not exist here
 */
export async function openSession(request: SessionRequest): Promise<string> {
  const { session } = request.instance.client;
  const permission = sessionPermissions(request.readOnly, turnedOffPermissions(request.instance.spec));
  const { sessionId } = request;
  if (sessionId === null) {
    // With a title, OpenCode does not ask the model for one.
    const made = await askInstance("make a session", (signal) =>
      session.create({ title: request.title, permission }, { signal }),
    );
    return made.id;
  }
  const found = await askInstance("find the session", (signal) =>
    session.get({ sessionID: sessionId }, { signal }),
  ).catch((error: unknown) => {
    if (!(error instanceof PermanentFailure)) throw error;
    throw new PermanentFailure("invalid_payload", `Session ${sessionId} does not exist in this workspace.`);
  });
  await askInstance("set the session's permissions", (signal) =>
    session.update({ sessionID: found.id, permission }, { signal }),
  );
  return found.id;
}

/** All messages of a session, oldest first. */
export function sessionMessages(instance: Instance, sessionId: string): Promise<readonly SessionMessage[]> {
  return askInstance("show the session's messages", (signal) =>
    instance.client.session.messages({ sessionID: sessionId }, { signal }),
  );
}

/** The answers in the sessions of sub-agents that were made at or after `sinceMs`. */
export async function subagentAnswers(
  instance: Instance,
  sessionId: string,
  sinceMs: number,
): Promise<AssistantMessage[]> {
  const children = await askInstance("list its sub-agents", (signal) =>
    instance.client.session.children({ sessionID: sessionId }, { signal }),
  );
  const recent = children.filter((child) => child.time.created >= sinceMs);
  const messages = await Promise.all(recent.map((child) => sessionMessages(instance, child.id)));
  return messages.flat().flatMap(({ info }) => (info.role === "assistant" ? [info] : []));
}

/** Whether the session comes to rest in time: only then may another task use the instance. */
export async function comesToRest(instance: Instance, sessionId: string): Promise<boolean> {
  const deadline = Date.now() + restDeadlineMs;
  while (instance.alive && Date.now() < deadline) {
    const statuses = await askInstance("list its sessions", (signal) =>
      instance.client.session.status({}, { signal }),
    ).catch(() => null);
    if (statuses !== null && statuses[sessionId] === undefined) return true;
    await delay(restPauseMs);
  }
  return false;
}
