/**
 * Turns firings into runs. A run's id follows from its schedule and the time it was due, and what a firing comes to is decided
 * by one script; so a firing that is delivered again, after a kill at any line, starts the same run or none.
 */
import { deriveId, idSuffixAt, type WorkflowDefinition } from "@drover/contracts";
import { DroverError } from "@drover/errors";
import { asFields, Quotas, requireRoom, type Shard, type Store } from "@drover/queue";
import { z } from "zod";
import { RunLedger } from "../run-ledger.ts";
import { settleWorkspace } from "../settle-workspace.ts";
import { TemplateStore } from "../templates/template-store.ts";
import { workflowFaults } from "../workflow-faults.ts";
import { type ScheduleAddress, ScheduleClock } from "./schedule-clock.ts";
import { isEnabled, parseScheduleRow, type ScheduleRow } from "./schedule-row.ts";
import { fireScheduleScript, settleScheduleScript, startedScheduleScript } from "./schedule-scripts.ts";

/** A start that takes longer was left half done. */
const startMsMax = 10_000;

const decision = z.union([
  z.tuple([z.literal("start"), z.coerce.number()]),
  z.tuple([z.enum(["missing", "disabled", "waiting", "skipped", "settled", "busy"])]),
]);
export type Firing =
  | "started"
  | "refused"
  | "missing"
  | "disabled"
  | "waiting"
  | "skipped"
  | "settled"
  | "busy";

const memberOf = ({ organizationId, name }: ScheduleAddress) => `${organizationId}/${name}`;

export class ScheduleRunner {
  readonly #store: Store;
  readonly #runs: RunLedger;
  readonly #templates: TemplateStore;
  readonly #clock: ScheduleClock;
  readonly #quotas: Quotas;

  constructor(store: Store, runs: RunLedger = new RunLedger(store)) {
    this.#store = store;
    this.#runs = runs;
    this.#templates = new TemplateStore(store);
    this.#clock = new ScheduleClock(store);
    this.#quotas = new Quotas(store);
  }

  /** @param fireMs when it was due, in milliseconds since the epoch */
  async fire(shard: Shard, address: ScheduleAddress, fireMs: number): Promise<Firing> {
    const key = shard.schedule(address.organizationId, address.name);
    const args = [shard.prefix, memberOf(address), fireMs, Date.now()];
    const decided = decision.parse(await this.#store.scripts.run(fireScheduleScript, [key], args));
    if (decided[0] === "start") return await this.#start(shard, address, decided[1]);
    // A clock without its schedule: whoever deleted or disabled it was cut off before stopping it.
    if (decided[0] === "missing" || decided[0] === "disabled") await this.#clock.stop(shard, address);
    return decided[0];
  }

  /** Lets waiting firings begin whose turn has come, and goes on with what was left half done. @returns how many began */
  async settle(shard: Shard): Promise<number> {
    let began = 0;
    for (const address of addresses(await this.#store.redis.smembers(shard.unsettledSchedules()))) {
      const key = shard.schedule(address.organizationId, address.name);
      const args = [shard.prefix, memberOf(address), Date.now(), startMsMax];
      const decided = decision.parse(await this.#store.scripts.run(settleScheduleScript, [key], args));
      if (decided[0] !== "start") continue;
      if ((await this.#start(shard, address, decided[1])) === "started") began += 1;
    }
    return began;
  }

  /** Sets clocks again that do not go as their schedules say. @returns how many */
  async mendClocks(shard: Shard): Promise<number> {
    let mended = 0;
    for (const organizationId of await this.#store.redis.smembers(shard.scheduleOrganizations())) {
      for (const name of await this.#store.redis.smembers(shard.schedules(organizationId))) {
        const address = { organizationId, name };
        const row = await this.#row(shard, address);
        if (row === null || (await this.#clock.isRight(shard, address, row))) continue;
        await this.#clock.set(shard, address, row);
        this.#store.logger.warn(
          { schedule: name, enabled: isEnabled(row) },
          "the clock of a schedule was set again",
        );
        mended += 1;
      }
    }
    return mended;
  }

  async #start(shard: Shard, address: ScheduleAddress, fireMs: number): Promise<Firing> {
    const row = await this.#row(shard, address);
    if (row === null) return "missing";
    const runId = deriveId("workflow", `wf_${idSuffixAt(fireMs)}`, row.id);
    try {
      const { definition, template } = await this.#definition(address, row);
      // A firing that is delivered again may find its run there, and the room taken by it.
      if ((await this.#runs.find(runId)) === null) await this.#requireRoom(address, definition);
      await this.#runs.submit({
        id: runId,
        definition,
        organizationId: address.organizationId,
        createdBy: row.updated_by,
        traceparent: null,
        // Whoever sets a schedule may run workflows all over the organization.
        acrossWorkspaces: true,
        schedule: address.name,
        ...(template === null ? {} : { template }),
      });
    } catch (error) {
      // What is wrong with the schedule itself is written down; anything else is trouble of ours, and tried again.
      if (!(error instanceof DroverError) || error.status >= 500) throw error;
      await this.#started(shard, address, fireMs, "", error);
      this.#store.logger.warn({ schedule: address.name, code: error.code }, "a firing came to no run");
      return "refused";
    }
    await this.#started(shard, address, fireMs, runId, null);
    return "started";
  }

  /** @throws DroverError quota_exceeded */
  async #requireRoom({ organizationId }: ScheduleAddress, definition: WorkflowDefinition): Promise<void> {
    const tenant = { organizationId, workspaceId: definition.workspace_id ?? null };
    const agents = definition.steps.map(({ agent }) => agent);
    await requireRoom({ quotas: this.#quotas, store: this.#store }, tenant, agents);
  }

  async #definition(
    { organizationId }: ScheduleAddress,
    { spec }: ScheduleRow,
  ): Promise<{ definition: WorkflowDefinition; template: string | null }> {
    if (spec.template !== undefined) {
      const resolved = await this.#templates.instantiate(organizationId, spec.template, spec.inputs ?? {});
      return { definition: checked(resolved.definition), template: resolved.reference };
    }
    if (spec.workflow === undefined) throw new DroverError("internal", { detail: "It has nothing to run." });
    const inputs = { ...spec.workflow.inputs, ...spec.inputs };
    return { definition: checked({ ...spec.workflow, inputs }), template: null };
  }

  async #started(
    shard: Shard,
    address: ScheduleAddress,
    fireMs: number,
    runId: string,
    error: DroverError | null,
  ): Promise<void> {
    const at = new Date().toISOString();
    const told = error === null ? "" : JSON.stringify({ at, code: error.code, message: messageOf(error) });
    const key = shard.schedule(address.organizationId, address.name);
    const args = [shard.prefix, memberOf(address), fireMs, runId, told, at];
    await this.#store.scripts.run(startedScheduleScript, [key], args);
  }

  async #row(shard: Shard, { organizationId, name }: ScheduleAddress): Promise<ScheduleRow | null> {
    return parseScheduleRow(asFields(await this.#store.redis.hgetall(shard.schedule(organizationId, name))));
  }
}

/** As a workflow that a person posts is checked. @throws DroverError validation_failed */
function checked(definition: WorkflowDefinition): WorkflowDefinition {
  const { workspace, faults } = settleWorkspace(definition);
  const validations = [...workflowFaults(definition), ...faults];
  if (validations.length > 0) throw new DroverError("validation_failed", { validations });
  return workspace === undefined ? definition : { ...definition, workspace_id: workspace };
}

function messageOf(error: DroverError): string {
  const faults = error.validations.map(({ field, detail }) => `${field}: ${detail}.`);
  return [error.detail ?? error.message, ...faults.slice(0, 10)].join(" ");
}

function addresses(members: readonly string[]): ScheduleAddress[] {
  return members.flatMap((member) => {
    const slash = member.indexOf("/");
    return slash < 1 ? [] : [{ organizationId: member.slice(0, slash), name: member.slice(slash + 1) }];
  });
}
