/** What a task waits for that holds no worker meanwhile: a person, a time, or another run. */
import { control, type WhyReason } from "@drover/contracts";
import type { TaskRow } from "@drover/queue";
import type { Services } from "../services.ts";

/** Null for a task that waits for none of these: the reasons of any task hold for it. */
export async function waitReasons({ approvals }: Services, row: TaskRow): Promise<WhyReason[] | null> {
  // Of any other task a delay is one before its next attempt.
  const waits = row.status === "waiting" || (row.spec.agent === control.name && row.status === "delayed");
  const { waits_for: waitsFor } = row;
  if (!waits || waitsFor === undefined) return null;
  switch (waitsFor.kind) {
    case "approval": {
      const asked = await approvals.find(waitsFor.id);
      const by = asked?.approvers ?? null;
      const whose = by === null ? "somebody who may decide approvals here" : by.join(", ");
      return [
        {
          code: "waiting_for_approval",
          message: `It waits for a decision by ${whose}.`,
          until: waitsFor.until,
          ref: waitsFor.id,
          ...(by === null ? {} : { by: by.join(", ") }),
        },
      ];
    }
    case "time":
      return [{ code: "waiting_until", message: "It waits for its time.", until: waitsFor.until }];
    case "workflow":
      return [
        { code: "waiting_for_workflow", message: "It waits for another run to end.", ref: waitsFor.id },
      ];
  }
}
