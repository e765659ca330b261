/**
 * BullMQ's backend of a worker whose jobs are tasks: where BullMQ hands out a job, its task is claimed, and where a job is
 * completed, its task is finished, each in the same script. A task that goes well costs one round trip.
 *
 * Nothing else of BullMQ is changed. What is learned on the way is kept until the worker asks for it.
 */
import type { createRedisBackend, RedisQueueBackend } from "bullmq";
import { z } from "zod";
import { takeAndFinishLua } from "../scripts/take-and-finish.ts";
import { keysOf } from "./bullmq-scripts.ts";
import { recoveringBackend } from "./recovering-backend.ts";

/** A finish that is to be written when its job is completed. */
export interface PendingFinish {
  /** Of the finish script. */
  readonly args: readonly (string | number)[];
  /** Sends it, again where that failed for a reason that passes. */
  readonly through: <T>(send: () => Promise<T>) => Promise<T>;
  /** Told what the finish script answered. Must not throw. */
  readonly written: (reply: unknown) => Promise<void>;
}

export interface LedgerBackendOptions {
  /** Arguments of the claim script; what stands for the id is filled in. */
  readonly claimArguments: () => readonly (string | number)[];
}

type BackendFactory = typeof createRedisBackend;
type Client = Parameters<RedisQueueBackend["execCommand"]>[0];
type Argument = string | number | boolean | Buffer | undefined;

const reply = z.tuple([z.unknown(), z.unknown(), z.unknown()]);
const commands = ["moveToActive", "moveToFinished"] as const;
type TakingCommand = (typeof commands)[number];

const ours = (command: TakingCommand) => `drover:${command}`;

export class LedgerBackend {
  readonly #options: LedgerBackendOptions;
  readonly #claims = new Map<string, unknown>();
  readonly #finishes = new Map<string, PendingFinish>();
  readonly #taught = new WeakSet<Client>();

  constructor(options: LedgerBackendOptions) {
    this.#options = options;
  }

  /** What the claim of this job's task answered when the job was handed out; undefined: it was not claimed. */
  takeClaim(jobId: string): unknown {
    const claim = this.#claims.get(jobId);
    this.#claims.delete(jobId);
    return claim;
  }

  /** Writes this with the completion of the job. */
  finishWith(jobId: string, finish: PendingFinish): void {
    this.#finishes.set(jobId, finish);
  }

  /** For `new Worker(…)`. */
  readonly factory: BackendFactory = (name, options, parts) => {
    const backend = recoveringBackend(name, options, parts);
    const send = backend.execCommand.bind(backend);
    backend.execCommand = (client: Client, command: string, args: Argument[]): unknown => {
      const taking = commands.find((one) => one === command);
      return taking === undefined ? send(client, command, args) : this.#take(client, taking, args);
    };
    return backend;
  };

  async #take(client: Client, command: TakingCommand, args: readonly Argument[]): Promise<unknown> {
    if (!("defineCommand" in client)) throw new Error(`${command} of BullMQ came within a transaction`);
    if (!this.#taught.has(client)) {
      for (const one of commands)
        client.defineCommand(ours(one), { numberOfKeys: keysOf(one), lua: takeAndFinishLua(one) });
      this.#taught.add(client);
    }
    const keys = args.slice(0, keysOf(command));
    const own = args.slice(keys.length);
    const jobId = command === "moveToFinished" ? String(own[0]) : "";
    const finish = this.#finishes.get(jobId);
    this.#finishes.delete(jobId);
    const run = () =>
      client.runCommand(ours(command), [
        ...keys,
        own.length,
        ...own.map((value) => value ?? ""),
        finish?.args.length ?? 0,
        ...(finish?.args ?? []),
        ...this.#options.claimArguments(),
      ]);
    const [handedOut, finished, claimed] = reply.parse(await (finish?.through(run) ?? run()));
    this.#keepClaim(handedOut, claimed);
    await finish?.written(finished);
    return handedOut;
  }

  /** Always the newest: a job that comes again was claimed again. */
  #keepClaim(handedOut: unknown, claimed: unknown): void {
    const id: unknown = Array.isArray(handedOut) ? handedOut[1] : undefined;
    if (typeof id !== "string") return;
    if (claimed === "") this.#claims.delete(id);
    else this.#claims.set(id, claimed);
  }
}
