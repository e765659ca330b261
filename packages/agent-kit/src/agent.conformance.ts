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
