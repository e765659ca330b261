/** Every operation of the contract and its cases: one without does not compile, and fails the test. */
import type { Case } from "../case.ts";
import type { OperationName } from "../world.ts";
import { accessCases } from "./access-cases.ts";
import { approvalCases } from "./approval-cases.ts";
import { eventCases } from "./event-cases.ts";
import { openCodeCases } from "./opencode-cases.ts";
import { operatorCases } from "./operator-cases.ts";
import { pluginCases } from "./plugin-cases.ts";
import { queueCases } from "./queue-cases.ts";
import { quotaCases } from "./quota-cases.ts";
import { runOperationCases } from "./run-operation-cases.ts";
import { scheduleCases } from "./schedule-cases.ts";
import { submissionCases } from "./submission-cases.ts";
import { taskCases } from "./task-cases.ts";
import { templateCases } from "./template-cases.ts";
import { importTemplates } from "./template-use-cases.ts";
import { usageCases } from "./usage-cases.ts";
import { whyCases } from "./why-cases.ts";
import { workflowCases } from "./workflow-cases.ts";

export const allCases = {
  ...accessCases,
  ...approvalCases,
  ...eventCases,
  ...openCodeCases,
  ...operatorCases,
  ...pluginCases,
  ...scheduleCases,
  ...queueCases,
  ...quotaCases,
  ...usageCases,
  ...submissionCases,
  ...taskCases,
  ...templateCases,
  importTemplates,
  ...whyCases,
  ...workflowCases,
  ...runOperationCases,
} satisfies Record<OperationName, readonly Case[]>;
