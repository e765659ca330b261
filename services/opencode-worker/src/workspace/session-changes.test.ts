import { createOpencodeClient } from "@opencode-ai/sdk/v2";
import { expect, test } from "vitest";
import { SessionChanges } from "./session-changes.ts";

const { signal } = new AbortController();
const here = { sessionId: "ses_now", promptIds: ["msg_now"] };
const diff = (file: string, line: string) => ({
  file,
  patch: `@@ -0,0 +1,1 @@\n+${line}\n`,
  additions: 1,
  deletions: 0,
  status: "added",
});

/** A server that answers by path, and says what it was asked. */
function changesOf(answers: Record<string, unknown>, versioned = true) {
  const asked: string[] = [];
  const client = createOpencodeClient({
    baseUrl: "http://instance.invalid",
    fetch: async (input, init) => {
      const url = new URL(new Request(input, init).url);
      asked.push(url.pathname + url.search);
      return Response.json(answers[url.pathname] ?? []);
    },
  });
  return { asked, answers, changes: new SessionChanges({ client, versioned, redact: (text) => text }) };
}
const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path);

test("what all attempts of the task changed is told, and what another task's session changed is not", async () => {
  const { changes } = changesOf({
    "/session": [
      { id: "ses_now", title: "Drover: edit (task_1)", time: { created: 2 } },
      { id: "ses_earlier", title: "Drover: edit (task_1)", time: { created: 1 } },
      { id: "ses_other", title: "about something else", time: { created: 1 } },
    ],
    "/session/ses_earlier/message": [
      { info: { id: "msg_earlier", role: "user" }, parts: [] },
      { info: { id: "msg_answer", role: "assistant" }, parts: [] },
    ],
    "/session/ses_earlier/diff": [diff("earlier.txt", "1")],
    "/session/ses_other/diff": [diff("other.txt", "1")],
    "/session/ses_now/diff": [diff("now.txt", "2")],
  });
  const before = await changes.begin("task_1");
  expect(paths((await changes.changesSince(before, signal, here)).files)).toEqual(["earlier.txt", "now.txt"]);
});

test("where OpenCode took no snapshots the repository is compared, and what was there before is no change", async () => {
  const { changes, answers } = changesOf({ "/vcs/diff": [diff("dirty.txt", "from before")] });
  const before = await changes.begin("task_1");
  answers["/vcs/diff"] = [diff("dirty.txt", "from before"), diff("new.txt", "new")];
  const { files, artifacts } = await changes.changesSince(before, signal, here);
  expect(paths(files)).toEqual(["new.txt"]);
  expect(artifacts).toMatchObject([{ name: "new.txt", content: "new\n" }]);
});

test("a path that leads out of the workspace, and what makes no sense, is left out", async () => {
  const { changes } = changesOf({
    "/session/ses_now/diff": [
      diff("../../etc/passwd", "x"),
      diff("/etc/passwd", "x"),
      { odd: true },
      diff("a", "x"),
    ],
  });
  const before = await changes.begin("task_1");
  expect(paths((await changes.changesSince(before, signal, here)).files)).toEqual(["a"]);
});

test("of a folder that is no repository nothing is asked, and the result says that it is not whole", async () => {
  const { changes, asked } = changesOf({}, false);
  const before = await changes.begin("task_1");
  expect(await changes.changesSince(before, signal, here)).toEqual({
    files: [],
    artifacts: [],
    truncated: true,
  });
  expect(asked).toEqual([]);
});
