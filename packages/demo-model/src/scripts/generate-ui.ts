/** `generate_ui`: looks at the API that the workspace holds, then writes a page for it. */
import { pathsIn } from "../glob-result.ts";
import { act, type Script } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";
import { webPage } from "../templates/web-page.ts";

export function generateUi(prompt: TaskPrompt): Script {
  return {
    steps: [
      act({ kind: "glob", pattern: "api/**" }),
      {
        kind: "act",
        act: (outcomes) => {
          const path = pathsIn(outcomes.at(-1)?.result ?? "").find((found) => /\.(js|ts|go|py)$/.test(found));
          return path === undefined ? [] : [{ kind: "read", path }];
        },
      },
      act({ kind: "write", path: "web/index.html", content: webPage(prompt.headline) }),
    ],
    closing: () =>
      "A page that lists users and adds one over the API's /users stands in web/index.html; it loads nothing else.",
  };
}
