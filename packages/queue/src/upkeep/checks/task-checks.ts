/** Every check of what this package keeps; those of runs and quotas are added by who keeps these. */
import type { LeakCheck } from "../leak-check.ts";
import { counterDrift } from "./counter-drift.ts";
import { endedLoad } from "./ended-load.ts";
import { jobWithoutRow } from "./job-without-row.ts";
import { letterUnmirrored } from "./letter-unmirrored.ts";
import { loadDrift } from "./load-drift.ts";
import { orphanChild } from "./orphan-child.ts";
import { rowLost } from "./row-lost.ts";
import { newRowWithoutJob, rowWithoutJob } from "./row-without-job.ts";
import { slotWithoutHolder } from "./slot-without-holder.ts";
import { staleMember } from "./stale-member.ts";
import { stepAsleep } from "./step-asleep.ts";
import { strayKey } from "./stray-key.ts";
import { sumDrift } from "./sum-drift.ts";
import { unretained } from "./unretained.ts";

export const taskChecks: readonly LeakCheck[] = [
  newRowWithoutJob,
  rowWithoutJob,
  jobWithoutRow,
  orphanChild,
  stepAsleep,
  staleMember,
  loadDrift,
  endedLoad,
  slotWithoutHolder,
  letterUnmirrored,
  rowLost,
  counterDrift,
  sumDrift,
  unretained,
  strayKey,
];
