/**
 * The stack that the contract is held against, and the one way to call it: every answer is checked against openapi.json
 * before a test sees it.
 */
import { type Operation, operations } from "@drover/contracts";
import { type Stack, startStack } from "@drover/embedded";
import { type Answer, type Asking, ask, create, prefix } from "../e2e/api.ts";
import { expectDocumented, expectDocumentedBody } from "./document.ts";

export type OperationName = keyof typeof operations;

/** A request of an operation. */
export interface Sent extends Asking {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
}

/** Requests without a valid key are counted by address, and too many from one are refused as such. */
let addresses = 0;
export function anotherAddress(): Record<string, string> {
  addresses += 1;
  return { "X-Forwarded-For": `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}` };
}

export function pathOf(operation: Operation, { params = {}, query = {} }: Sent): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ""),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) search.set(key, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

export class World {
  #stack: Stack | undefined;
  /** `<operation id> <status>` of every answer. */
  readonly seen = new Set<string>();

  async start(): Promise<void> {
    this.#stack = await startStack({ serviceEnvironment: { "api-gateway": { DROVER_TRUST_PROXY: "1" } } });
  }

  async stop(): Promise<void> {
    await this.#stack?.[Symbol.asyncDispose]();
  }

  get stack(): Stack {
    if (this.#stack === undefined) throw new Error("the stack does not run");
    return this.#stack;
  }

  async call(name: OperationName, sent: Sent = {}): Promise<Answer> {
    const operation: Operation = operations[name];
    const answer = await ask(this.stack, pathOf(operation, sent), {
      ...sent,
      method: operation.method.toUpperCase(),
    });
    this.seen.add(`${operation.id} ${answer.status}`);
    expectDocumented(operation, answer);
    if (answer.status < 300) expectDocumentedBody(operation, sent.body);
    return answer;
  }

  /** A diagnostics task; answers its id. */
  async submit(payload: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<string> {
    return await create(this.stack, `${prefix}/execute`, { type: "diagnostics", payload, ...more });
  }

  /** A run; answers its id. */
  async submitRun(body: Record<string, unknown>): Promise<string> {
    return await create(this.stack, `${prefix}/agentzero/workflows`, body);
  }

  /** A task that is not taken for an hour. */
  async submitLater(more: Record<string, unknown> = {}): Promise<string> {
    return await this.submit({ action: "echo", value: 1 }, { delay_seconds: 3600, ...more });
  }

  /** A task that has ended. */
  async submitAndWait(payload: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<string> {
    const id = await this.submit(payload, more);
    await this.stack.client.waitForTask(id, { timeoutMs: 30_000 });
    return id;
  }
}

/** Tells the things of a test apart from those of all others. */
let names = 0;
export function uniqueName(base: string): string {
  names += 1;
  return `${base}-${names}`;
}
