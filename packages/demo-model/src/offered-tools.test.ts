import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Call, readResult, ScriptedAgent, succeed, tool } from "./scripted-agent.ts";

let agent: ScriptedAgent;
beforeAll(async () => {
  agent = await ScriptedAgent.start();
});
afterAll(() => agent[Symbol.asyncDispose]());

describe("tools adapt to what is offered", () => {
  test("where only apply_patch is offered it writes and edits by patches", async () => {
    const tools = [tool("apply_patch", "patchText"), tool("read", "filePath")];
    const patching = (call: Call) =>
      call.name === "read" ? readResult(["x();"]) : "Success. Updated the following files:\nM a.js";
    const edited = await agent.run("Action: edit\nFile: a.js\n\nMend", patching, tools);
    expect(edited.calls[1]?.values["patchText"]).toMatch(
      /^\*\*\* Begin Patch\n\*\*\* Update File: a\.js\n@@\n-x\(\);\n\+\/\/ .*\n\+x\(\);\n\*\*\* End Patch$/,
    );
    const written = await agent.run("Action: prompt\n\nwrite a.txt: b", patching, tools);
    expect(written.calls[0]?.values["patchText"]).toBe(
      "*** Begin Patch\n*** Add File: a.txt\n+b\n*** End Patch",
    );
  });

  test("without a tool to write it says what was not done", async () => {
    const { calls, text } = await agent.run("Action: generate_api\n\nUsers", succeed, [
      tool("read", "filePath"),
    ]);
    expect(calls.map(({ name }) => name)).toEqual(["read"]);
    expect(text).toContain("Not done, for no tool for it was offered: write api/server.js");
    expect((await agent.run("Action: generate_api\n\nUsers", succeed, [])).text).toContain("Not done");
  });

  test("a tool that refuses is reported, not passed over", async () => {
    const { text } = await agent.run(
      "Action: prompt\n\nwrite a.txt: b",
      () => "The user rejected permission.",
    );
    expect(text).toContain("Not done: write a.txt. The tool said: The user rejected permission.");
  });
});
