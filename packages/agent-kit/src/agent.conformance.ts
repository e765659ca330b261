/** What every agent must hold, whatever it does: one suite, run by the tests of each agent. */
import { taskResult } from "@drover/contracts";
import { CancelledFailure, PermanentFailure } from "@drover/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agent, AgentTask } from "./agent.ts";
import { recordedContext } from "./recorded-context.ts";

export { anAgentTask, type RecordedContext, type RecordedSpan, recordedContext } from "./recorded-context.ts";

/** An agent with what the suite needs to try it. Disposing it removes the surroundings, not the agent. */
export interface AgentSubject extends AsyncDisposable {
  readonly agent: Agent;
  /** Completes within a minute and reports progress or output. */
  quickTask(): AgentTask;
  /** Reports progress or output soon and then goes on until it is aborted. */
  endlessTask(): AgentTask;
  /** Its payload is one that no attempt can ever accept. */
  invalidTask(): AgentTask;
  /** At least three of one tenant and of an action that declares `batch`, each as quick as a quick task. Absent: it has none. */
  batchTasks?(): readonly AgentTask[];
  /** What the agent still holds outside of itself (processes, containers, sockets), by name. */
  leftovers(): Promise<readonly string[]>;
}

/** How long an agent may take to end after its signal aborts, in milliseconds. */
const abortLimitMs = 500;

export function agentConformance(name: string, setup: () => Promise<AgentSubject>): void {
  describe(`${name} is a conforming agent`, () => {
    let subject: AgentSubject;
    beforeAll(async () => {
      subject = await setup();
    });
    afterAll(async () => {
      await subject?.agent[Symbol.asyncDispose]();
      await subject?.[Symbol.asyncDispose]();
    });

    test("it supports the types of its descriptor and refuses others", () => {
      const { agent } = subject;
      expect(agent.descriptor.name).toBe(agent.name);
      for (const type of agent.descriptor.supports) expect(agent.supports(type), type).toBe(true);
      for (const type of ["", "no-such-type", "constructor"]) expect(agent.supports(type), type).toBe(false);
    });

    test("it says that it can work", () => {
      expect(subject.agent.health()).toEqual({ status: "available", reason: null });
    });

    test("it rejects an invalid payload for good", async () => {
      const execution = subject.agent.execute(subject.invalidTask(), recordedContext());
      await expect(execution).rejects.toBeInstanceOf(PermanentFailure);
      await expect(execution).rejects.toMatchObject({ code: "invalid_payload" });
    });

    test("it completes a task and reports what it does", async () => {
      const context = recordedContext();
      const result = await subject.agent.execute(subject.quickTask(), context);
      expect(taskResult.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
      expect(context.progressed.length + context.outputs.length).toBeGreaterThan(0);
    });

    test(`it ends within ${abortLimitMs} ms of an abort, with the reason of the abort`, async () => {
      const abort = new AbortController();
      const reason = new CancelledFailure("Somebody asked for the end.");
      const context = recordedContext(abort.signal);
      const execution = subject.agent.execute(subject.endlessTask(), context);
      const ended = execution.then(
        () => "completed",
        (error: unknown) => error,
      );
      await Promise.race([context.started, ended]);
      const abortedAtMs = performance.now();
      abort.abort(reason);
      expect(await ended).toBe(reason);
      expect(performance.now() - abortedAtMs).toBeLessThan(abortLimitMs);
    });

    test("it does many at once exactly where its descriptor says so", () => {
      const declared = Object.values(subject.agent.descriptor.actions).some(
        ({ batch }) => batch !== undefined,
      );
      expect(subject.agent.executeBatch !== undefined).toBe(declared);
      expect(subject.batchTasks !== undefined).toBe(declared);
    });

    test("each task of a batch has the outcome that it would have alone", async ({ skip }) => {
      const { agent, batchTasks } = subject;
      if (agent.executeBatch === undefined || batchTasks === undefined) return skip("it has no batches");
      const tasks = batchTasks();
      const together = await Promise.allSettled(
        agent.executeBatch(
          tasks,
          tasks.map(() => recordedContext()),
        ),
      );
      const apart = await Promise.all(tasks.map((task) => agent.execute(task, recordedContext())));
      expect(together).toEqual(apart.map((value) => ({ status: "fulfilled", value })));
    });

    test("an aborted and an invalid task of a batch leave the others alone", async ({ skip }) => {
      const { agent, batchTasks } = subject;
      if (agent.executeBatch === undefined || batchTasks === undefined) return skip("it has no batches");
      const reason = new CancelledFailure("Not this one.");
      const tasks = [...batchTasks(), subject.invalidTask()];
      const contexts = tasks.map((_, position) =>
        recordedContext(position === 0 ? AbortSignal.abort(reason) : undefined),
      );
      const outcomes = await Promise.allSettled(agent.executeBatch(tasks, contexts));
      expect(outcomes.map(({ status }) => status)).toEqual(
        tasks.map((_, position) =>
          position === 0 || position === tasks.length - 1 ? "rejected" : "fulfilled",
        ),
      );
      expect(outcomes[0]).toMatchObject({ reason });
      expect(outcomes.at(-1)).toMatchObject({
        reason: { name: "PermanentFailure", code: "invalid_payload" },
      });
    });

    test("it does not start what is already aborted", async () => {
      const reason = new CancelledFailure("Too late.");
      const context = recordedContext(AbortSignal.abort(reason));
      await expect(subject.agent.execute(subject.quickTask(), context)).rejects.toBe(reason);
    });

    test("it leaves nothing behind when disposed, even in the middle of a task", async () => {
      const context = recordedContext();
      const ended = subject.agent.execute(subject.endlessTask(), context).then(
        () => "completed",
        (error: unknown) => error,
      );
      await Promise.race([context.started, ended]);
      await subject.agent[Symbol.asyncDispose]();
      expect(await ended).toBeInstanceOf(Error);
      expect(await subject.leftovers()).toEqual([]);
    });
  });
}
