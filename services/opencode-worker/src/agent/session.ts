/** Sessions of an OpenCode server: making one, going on with one, reading one, and bringing one to rest. */
import { setTimeout as delay } from "node:timers/promises";
import { PermanentFailure } from "@drover/errors";
import type { Session } from "@opencode-ai/sdk/v2";
import { askInstance } from "../instance/ask-instance.ts";
import type { Instance } from "../instance/instance-runtime.ts";
import { type PermissionClass, sessionPermissions } from "../instance/permissions.ts";
import { turnedOffPermissions } from "../plugins/plugin-permissions.ts";
import { withinDeadline } from "../waiting/within-deadline.ts";
import type { SessionMessage } from "./outcome.ts";

export interface SessionRequest {
  readonly instance: Instance;
  /** Go on with this one; null: make a new one. */
  readonly sessionId: string | null;
  readonly title: string;
  readonly readOnly: boolean;
  /** The classes of permissions that a person is asked for. */
  readonly asked: ReadonlySet<PermissionClass>;
}

const restDeadlineMs = 5_000;
const restPauseMs = 100;
const abortDeadlineMs = 3_000;

/**
 * A new session, or the one to go on with.
 * @throws PermanentFailure `invalid_payload` when the session to go on with does not exist here
 */
export async function openSession(request: SessionRequest): Promise<Session> {
  const { instance, sessionId, readOnly, asked } = request;
  const permission =
    instance.sessionRules?.(readOnly, asked) ??
    sessionPermissions(readOnly, asked, turnedOffPermissions(instance.spec));
  if (sessionId === null) {
    // With a title, OpenCode does not ask the model for one.
    return await askInstance("make a session", (signal) =>
      instance.client.session.create({ title: request.title, permission }, { signal }),
    );
  }
  const found = await findSession(instance, sessionId);
  if (found === null)
    throw new PermanentFailure("invalid_payload", `Session ${sessionId} does not exist in this folder.`);
  await askInstance("set the session's permissions", (signal) =>
    instance.client.session.update({ sessionID: found.id, permission }, { signal }),
  );
  return found;
}

/**
 * Null: the instance has no such session for this folder. A session acts in the folder that it was made for, whoever calls, and so
 * does a copy of it: one of the workspace would change the workspace's files for a task that has a work tree.
 */
export async function findSession(instance: Instance, sessionId: string): Promise<Session | null> {
  const found = await askInstance("find the session", (signal) =>
    instance.client.session.get({ sessionID: sessionId }, { signal }),
  ).catch((error: unknown) => {
    if (error instanceof PermanentFailure) return null;
    throw error;
  });
  if (found === null) return null;
  const here = await askInstance("tell its folder", (signal) => instance.client.path.get({}, { signal }));
  return found.directory === here.directory ? found : null;
}

/** All messages of a session, oldest first. */
export function sessionMessages(instance: Instance, sessionId: string): Promise<readonly SessionMessage[]> {
  return askInstance("show the session's messages", (signal) =>
    instance.client.session.messages({ sessionID: sessionId }, { signal }),
  );
}

/** What was said in the sessions of sub-agents that were made at or after `sinceMs`. */
export async function subagentMessages(
  instance: Instance,
  sessionId: string,
  sinceMs: number,
): Promise<SessionMessage[]> {
  const children = await askInstance("list its sub-agents", (signal) =>
    instance.client.session.children({ sessionID: sessionId }, { signal }),
  );
  const recent = children.filter((child) => child.time.created >= sinceMs);
  const messages = await Promise.all(recent.map((child) => sessionMessages(instance, child.id)));
  return messages.flat();
}

/** What is in the session by now, sub-agents included. */
export async function everyMessage(instance: Instance, sessionId: string): Promise<SessionMessage[]> {
  const [own, subagents] = await Promise.all([
    sessionMessages(instance, sessionId),
    subagentMessages(instance, sessionId, 0),
  ]);
  return [...own, ...subagents];
}

/** Whether something is under way in the session. */
export async function isBusy(instance: Instance, sessionId: string): Promise<boolean> {
  const statuses = await askInstance("list its sessions", (signal) =>
    instance.client.session.status({}, { signal }),
  );
  const status = statuses[sessionId];
  return status !== undefined && status.type !== "idle";
}

/** Stops what is under way, and tells whether the session came to rest in time: only then may others use the instance. */
export async function stopSession(instance: Instance, sessionId: string): Promise<boolean> {
  await withinDeadline(abortDeadlineMs, (signal) =>
    instance.client.session.abort({ sessionID: sessionId }, { signal }),
  ).catch(() => undefined);
  const deadline = Date.now() + restDeadlineMs;
  while (instance.alive && Date.now() < deadline) {
    if (!(await isBusy(instance, sessionId).catch(() => true))) return true;
    await delay(restPauseMs);
  }
  return false;
}
