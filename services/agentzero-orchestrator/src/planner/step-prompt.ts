/** The prompt of a planned step: its own part first, then the whole goal and what must be heeded. */
import type { ComposeFields } from "@drover/contracts";

export function stepPrompt(part: string, request: ComposeFields): string {
  const sections = [part, `The goal of the whole workflow:\n${request.goal}`];
  const constraints = request.constraints ?? [];
  if (constraints.length > 0) {
    sections.push(`Heed these constraints:\n${constraints.map((text) => `- ${text}`).join("\n")}`);
  }
  return sections.join("\n\n");
}
