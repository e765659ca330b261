/**
 * Who may do what, as a table that is written here and nowhere derived: each operation, asked for what is acme's in its
 * workspace ws-alpha, by every kind of caller.
 *
 * `ok`: it is done. `403`: the caller may not. `404`: for the caller there is no such thing.
 */
import type { IdKind } from "@drover/contracts";
import type { Belongings, Caller, OperationName, Place, Sent, Tenancy } from "./tenancy.ts";

export const alpha: Place = { organization_id: "acme", workspace_id: "ws-alpha" };

const columns = [
  "siteOwner",
  "siteViewer",
  "acmeOwner",
  "acmeMember",
  "acmeViewer",
  "alphaMember",
  "betaMember",
  "globexOwner",
] as const satisfies readonly Caller[];

const table = `
                     siteOwner siteViewer acmeOwner acmeMember acmeViewer alphaMember betaMember globexOwner
getHealth            ok        ok         ok        ok         ok         ok          ok         ok
getReadiness         ok        ok         ok        ok         ok         ok          ok         ok
getMe                ok        ok         ok        ok         ok         ok          ok         ok
getRegistry          ok        ok         ok        ok         ok         ok          ok         ok
getAgentState        ok        ok         ok        ok         ok         ok          ok         ok
listOrchestratable   ok        ok         ok        ok         ok         ok          ok         ok
listTasks            ok        ok         ok        ok         ok         ok          ok         ok
listWorkflows        ok        ok         ok        ok         ok         ok          ok         ok
listInstances        ok        ok         ok        ok         ok         ok          ok         ok
listApprovals        ok        ok         ok        ok         ok         ok          ok         ok
listDeadLetters      ok        ok         ok        ok         ok         ok          ok         ok
listPlugins          ok        ok         ok        ok         ok         ok          ok         ok
listCatalogue        ok        ok         ok        ok         ok         ok          ok         ok
listTemplates        ok        ok         ok        ok         ok         ok          ok         ok
listSchedules        ok        ok         ok        ok         ok         ok          ok         ok
getTemplate          ok        ok         ok        ok         ok         ok          ok         404
listTemplateVersions ok        ok         ok        ok         ok         ok          ok         404
diffTemplate         ok        ok         ok        ok         ok         ok          ok         404
getSchedule          ok        ok         ok        ok         ok         404         404        404
getTask              ok        ok         ok        ok         ok         ok          404        404
getOpenCodeTask      ok        ok         ok        ok         ok         ok          404        404
explainTask          ok        ok         ok        ok         ok         ok          404        404
streamTaskEvents     ok        ok         ok        ok         ok         ok          404        404
explainWorkflow      ok        ok         ok        ok         ok         ok          404        404
getWorkflow          ok        ok         ok        ok         ok         ok          404        404
streamWorkflowEvents ok        ok         ok        ok         ok         ok          404        404
executeTask          ok        403        ok        ok         403        ok          403        403
executeBatch         ok        403        ok        ok         403        ok          403        403
submitOpenCodeTask   ok        403        ok        ok         403        ok          403        403
submitWorkflow       ok        403        ok        ok         403        ok          403        403
composeWorkflow      ok        403        ok        ok         403        ok          403        403
registerInstance     ok        403        ok        ok         403        ok          403        403
putPlugin            ok        403        ok        ok         403        ok          403        403
deletePlugin         ok        403        ok        ok         403        ok          404        404
createTemplate       ok        403        ok        ok         403        403         403        403
importTemplates      ok        403        ok        ok         403        403         403        403
rollbackTemplate     ok        403        ok        ok         403        403         403        404
deleteTemplate       ok        403        ok        ok         403        403         403        404
putSchedule          ok        403        ok        ok         403        404         404        404
deleteSchedule       ok        403        ok        ok         403        404         404        404
cancelTask           ok        403        ok        ok         403        ok          404        404
cancelWorkflow       ok        403        ok        ok         403        ok          404        404
pauseWorkflow        ok        403        ok        ok         403        ok          404        404
resumeWorkflow       ok        403        ok        ok         403        ok          404        404
retryWorkflow        ok        403        ok        ok         403        ok          404        404
heartbeatInstance    ok        403        ok        ok         403        ok          404        404
openTunnel           ok        403        ok        ok         403        ok          404        404
deleteInstance       ok        403        ok        ok         403        ok          404        404
getDeadLetter        ok        ok         ok        ok         ok         ok          404        404
purgeDeadLetters     ok        403        ok        403        403        403         403        ok
getInvariants        ok        403        403       403        403        403         403        403
decideApproval       ok        403        ok        ok         403        ok          404        404
redriveDeadLetter    ok        403        ok        403        403        403         403        404
redriveDeadLetters   ok        403        ok        403        403        403         403        ok
deleteDeadLetter     ok        403        ok        403        403        403         403        404
createKey            ok        403        ok        403        403        403         403        403
listKeys             ok        403        ok        403        403        403         403        ok
deleteKey            ok        403        ok        403        403        403         403        404
listQuotas           ok        ok         ok        ok         ok         ok          ok         ok
getUsage             ok        ok         ok        ok         ok         ok          ok         ok
setOrganizationQuota ok        403        403       403        403        403         403        403
setWorkspaceQuota    ok        403        ok        403        403        403         403        403
listQueues           ok        ok         403       403        403        403         403        403
getQueueDemand       ok        ok         403       403        403        403         403        403
pauseQueue           ok        403        403       403        403        403         403        403
resumeQueue          ok        403        403       403        403        403         403        403
`;

export type Verdict = "ok" | "403" | "404";
const isVerdict = (word: string): word is Verdict => word === "ok" || word === "403" || word === "404";

/** Operation → caller → verdict, as the table says. */
export function readTable(): Map<string, Map<Caller, Verdict>> {
  const [head = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  if (head.join() !== columns.join()) throw new Error("the head of the table is not its columns");
  return new Map(
    rows.map(([operation = "", ...words]) => [
      operation,
      new Map(
        columns.map((caller, position) => {
          const word = words[position] ?? "";
          if (!isVerdict(word)) throw new Error(`${operation} has no verdict for ${caller}`);
          return [caller, word];
        }),
      ),
    ]),
  );
}

const echo = { type: "diagnostics", payload: { action: "echo", value: 1 }, delay_seconds: 3600, ...alpha };
const step = { id: "a", agent: "diagnostics", task: "echo", parameters: { value: 1 } };
const ofTask = (task_id: string): Sent => ({ params: { task_id } });
const ofRun = (workflow_id: string): Sent => ({ params: { workflow_id } });
const ofInstance = (instance_id: string): Sent => ({ params: { instance_id } });
const ofLetter = (dead_letter_id: string): Sent => ({ params: { dead_letter_id } });
const acme = { organization_id: "acme" };
const ofTemplate = (has: Belongings): Sent => ({ params: { template_name: has.template }, query: acme });
const ofSchedule = (has: Belongings): Sent => ({ params: { schedule_name: has.schedule }, query: acme });
const critic = { kind: "agent", text: "---\ndescription: Finds faults.\n---\nFind faults." };
const template = { name: "shared", steps: [step] };
const schedule = { cron: "0 3 * * *", workflow: { name: "x", steps: [step] } };
const ofQueue: Sent = { params: { queue_name: "gpu" } };

/** A request for what `has` names. */
export const requests: Readonly<Record<OperationName, (has: Belongings) => Sent>> = {
  getHealth: () => ({}),
  getReadiness: () => ({}),
  getMe: () => ({}),
  getRegistry: () => ({}),
  getAgentState: () => ({ params: { agent_name: "diagnostics" } }),
  listOrchestratable: () => ({}),
  listTasks: () => ({}),
  listWorkflows: () => ({}),
  listInstances: () => ({}),
  listApprovals: () => ({}),
  listDeadLetters: () => ({}),
  listPlugins: () => ({}),
  listCatalogue: () => ({}),
  putPlugin: () => ({ params: { plugin_name: "critic" }, body: { ...alpha, enabled: true, spec: critic } }),
  deletePlugin: (has) => ({ params: { plugin_name: has.plugin }, query: { ...alpha } }),
  listTemplates: () => ({}),
  listSchedules: () => ({}),
  createTemplate: () => ({ body: { ...acme, ...template } }),
  importTemplates: () => ({ body: { ...acme, templates: [template] } }),
  getTemplate: ofTemplate,
  listTemplateVersions: ofTemplate,
  diffTemplate: (has) => ({ ...ofTemplate(has), query: { ...acme, from: "1" } }),
  rollbackTemplate: (has) => ({ ...ofTemplate(has), body: { version: 1 } }),
  deleteTemplate: ofTemplate,
  putSchedule: (has) => ({ params: { schedule_name: has.schedule }, body: { ...acme, ...schedule } }),
  getSchedule: ofSchedule,
  deleteSchedule: ofSchedule,
  listKeys: () => ({}),
  listQueues: () => ({}),
  listQuotas: () => ({}),
  getUsage: () => ({}),
  setOrganizationQuota: () => ({ params: { organization_id: "acme" }, body: {} }),
  setWorkspaceQuota: () => ({ params: { ...alpha }, body: {} }),
  getQueueDemand: () => ofQueue,
  pauseQueue: () => ofQueue,
  resumeQueue: () => ofQueue,
  getTask: (has) => ofTask(has.task),
  getOpenCodeTask: (has) => ofTask(has.openCodeTask),
  explainTask: (has) => ofTask(has.task),
  streamTaskEvents: (has) => ofTask(has.endedTask),
  cancelTask: (has) => ofTask(has.task),
  explainWorkflow: (has) => ofRun(has.workflow),
  getWorkflow: (has) => ofRun(has.workflow),
  streamWorkflowEvents: (has) => ofRun(has.endedWorkflow),
  cancelWorkflow: (has) => ofRun(has.workflow),
  pauseWorkflow: (has) => ofRun(has.workflow),
  resumeWorkflow: (has) => ofRun(has.workflow),
  retryWorkflow: (has) => ({ ...ofRun(has.endedWorkflow), body: { from_step: "a" } }),
  openTunnel: (has) => ofInstance(has.instance),
  heartbeatInstance: (has) => ofInstance(has.instance),
  deleteInstance: (has) => ofInstance(has.instance),
  redriveDeadLetter: (has) => ofLetter(has.letter),
  deleteDeadLetter: (has) => ofLetter(has.letter),
  decideApproval: (has) => ({ params: { approval_id: has.approval }, body: { decision: "deny" } }),
  deleteKey: (has) => ({ params: { key_id: has.key } }),
  getDeadLetter: (has) => ofLetter(has.letter),
  purgeDeadLetters: () => ({ body: { q: "workspace:ws-nothing-there" } }),
  getInvariants: () => ({}),
  redriveDeadLetters: () => ({ body: { q: "workspace:ws-nothing-there" } }),
  executeTask: () => ({ body: echo }),
  executeBatch: () => ({ body: { tasks: [echo] } }),
  submitOpenCodeTask: () => ({
    body: { ...alpha, type: "opencode", payload: { action: "explain" }, delay_seconds: 3600 },
  }),
  submitWorkflow: () => ({ body: { ...alpha, name: "a run", steps: [step] } }),
  composeWorkflow: () => ({ body: { ...alpha, goal: "Write an API", planner: "rules" } }),
  registerInstance: () => ({ body: { ...alpha, runtime: "process" } }),
  createKey: () => ({ body: { name: "new", roles: [{ role: "viewer", ...alpha }] } }),
};

/** What such a request uses up, made anew for each caller who may use it. */
export const consumes: Partial<Record<OperationName, (tenancy: Tenancy) => Promise<Partial<Belongings>>>> = {
  deleteTemplate: async (tenancy) => ({ template: await tenancy.makeTemplate(alpha) }),
  deleteSchedule: async (tenancy) => ({ schedule: await tenancy.makeSchedule(alpha) }),
  cancelTask: async (tenancy) => ({ task: await tenancy.submit(alpha) }),
  cancelWorkflow: async (tenancy) => ({ workflow: await tenancy.run(alpha, 3_600_000) }),
  retryWorkflow: async (tenancy) => ({ endedWorkflow: await tenancy.endedRun(alpha) }),
  deletePlugin: async (tenancy) => ({ plugin: await tenancy.plug(alpha) }),
  deleteInstance: async (tenancy) => ({ instance: await tenancy.register(alpha) }),
  decideApproval: async (tenancy) => ({ approval: await tenancy.ask(alpha) }),
  redriveDeadLetter: async (tenancy) => ({ letter: (await tenancy.bury(alpha)).letter }),
  deleteDeadLetter: async (tenancy) => ({ letter: (await tenancy.bury(alpha)).letter }),
  deleteKey: async (tenancy) => ({ key: (await tenancy.makeKey([{ role: "viewer", ...alpha }])).id }),
};

/** Parameters that are ids: whose, and of which kind. */
export const missing: Readonly<Record<string, [keyof Belongings, IdKind]>> = {
  task_id: ["task", "task"],
  workflow_id: ["workflow", "workflow"],
  instance_id: ["instance", "instance"],
  dead_letter_id: ["letter", "deadLetter"],
  key_id: ["key", "key"],
  approval_id: ["approval", "approval"],
};
