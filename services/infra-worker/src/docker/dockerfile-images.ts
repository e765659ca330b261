/**
 * The images that a Dockerfile builds upon, so that a build cannot go around the list of allowed images.
 *
 * Only asked where there is such a list. A reference with a variable in it cannot be judged and is refused.
 */
import { PermanentFailure } from "@drover/errors";
import type { ImagePolicy } from "./image-reference.ts";

const from = /^FROM\s+(?:--\S+\s+)*(?<image>\S+)(?:\s+AS\s+(?<stage>\S+))?/i;
const copyFrom = /^(?:COPY|ADD)\s.*?--from=(?<image>\S+)/i;

/** @throws PermanentFailure `image_not_allowed` */
export function checkDockerfile(text: string, policy: ImagePolicy): void {
  if (policy.allowsAll) return;
  const stages = new Set<string>();
  for (const line of logicalLines(text)) {
    const base = from.exec(line)?.groups;
    const image = base?.["image"] ?? copyFrom.exec(line)?.groups?.["image"];
    if (image === undefined) continue;
    if (image.includes("$")) {
      throw new PermanentFailure("image_not_allowed", `The image ${image} is not known before the build.`);
    }
    const isStage = stages.has(image.toLowerCase()) || (base === undefined && /^\d+$/.test(image));
    if (!isStage && image !== "scratch") policy.check(image);
    const stage = base?.["stage"];
    if (stage !== undefined) stages.add(stage.toLowerCase());
  }
}

/** Lines with their continuations joined and comments left out. */
function logicalLines(text: string): string[] {
  const continuation = /^#\s*escape\s*=\s*`/im.test(text) ? "`" : "\\";
  const lines = text.split(/\r?\n/).filter((line) => !line.trimStart().startsWith("#"));
  const joined: string[] = [];
  let pending = "";
  for (const line of lines) {
    const trimmed = line.trimEnd();
    pending += trimmed.endsWith(continuation) ? `${trimmed.slice(0, -1)} ` : line;
    if (trimmed.endsWith(continuation)) continue;
    joined.push(pending.trim());
    pending = "";
  }
  return [...joined, pending.trim()];
}
