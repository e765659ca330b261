/** Two organizations with everything that they can have, and keys of every role: what the tests of tenants stand on. */
import { type Operation, operations } from "@drover/contracts";
import { type Stack, type StackOptions, startStack } from "@drover/embedded";
import { eventually } from "@drover/testing";
import { z } from "zod";
import { type Answer, type Asking, ask, create, prefix, type Target } from "../e2e/api.ts";

export type OperationName = keyof typeof operations;

/** Who calls: a role, and where it holds. */
const grants = {
  siteOwner: { role: "owner" },
  siteViewer: { role: "viewer" },
  acmeOwner: { role: "owner", organization_id: "acme" },
  acmeMember: { role: "member", organization_id: "acme" },
  acmeViewer: { role: "viewer", organization_id: "acme" },
  alphaMember: { role: "member", organization_id: "acme", workspace_id: "ws-alpha" },
  betaMember: { role: "member", organization_id: "acme", workspace_id: "ws-beta" },
  globexOwner: { role: "owner", organization_id: "globex" },
} as const;
export type Caller = keyof typeof grants;
const isCaller = (name: string): name is Caller => Object.hasOwn(grants, name);
export const callers = Object.keys(grants).filter(isCaller);

/** Ids of what an organization has in one workspace. */
export interface Belongings {
  /** Not taken for an hour. */
  readonly task: string;
  readonly openCodeTask: string;
  readonly endedTask: string;
  /** Runs for an hour. */
  readonly workflow: string;
  readonly endedWorkflow: string;
  readonly instance: string;
  readonly letter: string;
  /** Names of what the whole organization has. */
  readonly template: string;
  readonly schedule: string;
  /** Name of what is plugged into the workspace. */
  readonly plugin: string;
  readonly key: string;
  /** Open for an hour. */
  readonly approval: string;
}

export interface Place {
  readonly organization_id: string;
  readonly workspace_id: string;
}

export interface Sent extends Asking {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

const echoSteps = [{ id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } }];
const madeKey = z.object({ id: z.string(), key: z.string() });
const asked = z.object({ approvals: z.array(z.object({ id: z.string() })) });
const letters = z.object({ dead_letters: z.array(z.object({ id: z.string(), task_id: z.string() })) });

export class Tenancy {
  readonly stack: Stack;
  readonly #keys = new Map<Caller, string>();
  #names = 0;

  private constructor(stack: Stack) {
    this.stack = stack;
  }

  static async start(options: StackOptions): Promise<Tenancy> {
    const tenancy = new Tenancy(await startStack(options));
    for (const caller of callers) tenancy.#keys.set(caller, (await tenancy.makeKey([grants[caller]])).key);
    return tenancy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }

  keyOf(caller: Caller): string {
    const key = this.#keys.get(caller);
    if (key === undefined) throw new Error(`${caller} has no key`);
    return key;
  }

  as(caller: Caller): Target {
    return { url: this.stack.url, key: this.keyOf(caller) };
  }

  async makeKey(roles: readonly object[], more: object = {}, by: Target = this.stack) {
    const answer = await ask(by, `${prefix}/keys`, { body: { name: "made", roles, ...more } });
    if (answer.status !== 201) throw new Error(`no key was made: ${answer.text}`);
    return madeKey.parse(answer.body);
  }

  async call(caller: Caller, name: OperationName, sent: Sent = {}): Promise<Answer> {
    const { path, method }: Operation = operations[name];
    const { params = {}, query = {} } = sent;
    const filled = path.replace(/\{(\w+)\}/g, (_, part: string) => encodeURIComponent(params[part] ?? ""));
    const search = new URLSearchParams(query);
    return await ask(this.as(caller), search.size === 0 ? filled : `${filled}?${search}`, {
      ...sent,
      method: method.toUpperCase(),
    });
  }

  /** One of each, made by the site's owner. */
  async furnish(place: Place): Promise<Belongings> {
    const { letter, endedTask } = await this.bury(place);
    const endedWorkflow = await this.endedRun(place);
    return {
      task: await this.submit(place),
      openCodeTask: await create(this.stack, `${prefix}/opencode/tasks`, {
        ...place,
        type: "opencode",
        payload: { action: "explain" },
        delay_seconds: 3600,
      }),
      endedTask,
      workflow: await this.run(place, 3_600_000),
      endedWorkflow,
      instance: await this.register(place),
      letter,
      template: await this.makeTemplate(place),
      schedule: await this.makeSchedule(place),
      plugin: await this.plug(place),
      key: (await this.makeKey([{ role: "viewer", ...place }])).id,
      approval: await this.ask(place),
    };
  }

  /** The instance, or another in its place where it is gone. */
  async standing(place: Place, instance: string): Promise<string> {
    const { body } = await this.call("siteOwner", "listInstances", { query: { limit: "200" } });
    const stands = Object(body)["instances"].some(({ id }: { id: string }) => id === instance);
    return stands ? instance : await this.register(place);
  }

  async makeTemplate({ organization_id }: Place): Promise<string> {
    const name = this.#nextName("template");
    await create(this.stack, `${prefix}/agentzero/templates`, { organization_id, name, steps: echoSteps });
    return name;
  }

  async makeSchedule({ organization_id }: Place): Promise<string> {
    const name = this.#nextName("schedule");
    const body = { organization_id, cron: "0 3 * * *", workflow: { name, steps: echoSteps } };
    const answer = await ask(this.stack, `${prefix}/agentzero/schedules/${name}`, { method: "PUT", body });
    if (answer.status !== 200) throw new Error(`no schedule was made: ${answer.text}`);
    return name;
  }

  /** An agent that is plugged into the workspace. */
  async plug(place: Place): Promise<string> {
    const name = this.#nextName("agent");
    const text = "---\ndescription: Finds faults.\n---\nFind faults.";
    const body = { ...place, enabled: true, spec: { kind: "agent", text } };
    const answer = await ask(this.stack, `${prefix}/opencode/plugins/${name}`, { method: "PUT", body });
    if (answer.status !== 200) throw new Error(`nothing was plugged in: ${answer.text}`);
    return name;
  }

  #nextName(base: string): string {
    this.#names += 1;
    return `${base}-${this.#names}`;
  }

  async submit(place: Place): Promise<string> {
    const payload = { action: "echo", value: 1 };
    const body = { ...place, type: "diagnostics", payload, delay_seconds: 3600 };
    return await create(this.stack, `${prefix}/execute`, body);
  }

  async run(place: Place, ms: number): Promise<string> {
    const steps = [{ id: "a", agent: "diagnostics", task: "sleep", parameters: { ms } }];
    return await create(this.stack, `${prefix}/agentzero/workflows`, { ...place, name: "a run", steps });
  }

  /** An approval that somebody is asked for. */
  async ask(place: Place): Promise<string> {
    const parameters = { message: "Release it?", deadline_seconds: 3600 };
    const steps = [{ id: "a", agent: "control", task: "approval", parameters }];
    const run = await create(this.stack, `${prefix}/agentzero/workflows`, { ...place, name: "asks", steps });
    return await eventually(
      async () => {
        const query = { q: `workflow:${run}` };
        const { body } = await this.call("siteOwner", "listApprovals", { query });
        const [approval] = asked.parse(body).approvals;
        return approval?.id ?? false;
      },
      { deadlineMs: 30_000 },
    );
  }

  async endedRun(place: Place): Promise<string> {
    const id = await this.run(place, 1);
    await this.stack.client.waitForWorkflow(id, { timeoutMs: 30_000 });
    return id;
  }

  async register(place: Place): Promise<string> {
    return await create(this.stack, `${prefix}/opencode/register`, { ...place, runtime: "process" });
  }

  /** A dead letter and its task. */
  async bury(place: Place): Promise<{ letter: string; endedTask: string }> {
    const payload = { action: "fail", class: "permanent" };
    const id = await create(this.stack, `${prefix}/execute`, { ...place, type: "diagnostics", payload });
    await this.stack.client.waitForTask(id, { timeoutMs: 30_000 });
    const query = { q: `workspace:${place.workspace_id} organization:${place.organization_id}` };
    const found = letters.parse((await this.call("siteOwner", "listDeadLetters", { query })).body);
    const letter = found.dead_letters.find((one) => one.task_id === id);
    if (letter === undefined) throw new Error(`${id} has no dead letter`);
    return { letter: letter.id, endedTask: id };
  }
}
