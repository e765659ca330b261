import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { reading, ScriptedAgent, succeed, writtenPaths } from "./scripted-agent.ts";

let agent: ScriptedAgent;
beforeAll(async () => {
  agent = await ScriptedAgent.start();
});
afterAll(() => agent[Symbol.asyncDispose]());

describe("each action works on files and says who answers", () => {
  test("generate_api writes an API, its image and a valid manifest", async () => {
    const { calls, text } = await agent.run("Action: generate_api\n\nUsers");
    expect(writtenPaths(calls)).toEqual(["api/server.js", "api/package.json", "Dockerfile", "k8s/api.yaml"]);
    expect(text).toContain("built-in demo model");
    const manifest = calls.find(({ values }) => values["filePath"] === "k8s/api.yaml")?.values["content"];
    const documents = parseAllDocuments(manifest ?? "");
    expect(documents.flatMap((document) => document.errors)).toEqual([]);
    expect(documents.map((document) => document.toJS().kind)).toEqual(["Deployment", "Service"]);
  });

  test("generate_ui reads an API before it writes a page that needs nothing from elsewhere", async () => {
    const { calls } = await agent.run("Action: generate_ui\n\nA <b>page</b>", (call) =>
      call.name === "glob" ? "/w/api/package.json\n/w/api/server.js" : succeed(call),
    );
    expect(calls.map(({ name }) => name)).toEqual(["glob", "read", "write"]);
    expect(calls[1]?.values["filePath"]).toBe("/w/api/server.js");
    const page = calls[2]?.values["content"] ?? "";
    expect(page).toContain('fetch("/users"');
    expect(page).not.toMatch(/https?:\/\/|<b>/);
  });

  test.each([
    ["Language: go\nFile: api/users.go", "api/users.go", "package api\n"],
    ["Language: golang", "api/users.go", "package api\n"],
    ["Language: python", "app/users.py", "class UsersHandler"],
    ["File: lib/people.ts", "lib/people.ts", "interface User"],
    ["Language: js", "src/users.js", "export async function handleUsers(request, response) {"],
    ["", "src/users.ts", "interface User"],
    ["Language: rust\nFile: src/main.rs", "src/main.rs.md", "not rust"],
    ["Language: constructor", "NOTES.md", "not constructor"],
  ])("generate_code with %j writes %s", async (lines, path, part) => {
    const { calls } = await agent.run(`Action: generate_code\n${lines}\n\nUser management`);
    expect(writtenPaths(calls)).toEqual([path]);
    expect(calls[0]?.values["content"]).toContain(part);
    expect(calls[0]?.values["content"]).toContain("User management");
  });

  test.each(["edit", "refactor", "fix"])(
    "%s reads a file and then edits what occurs once",
    async (action) => {
      const { calls } = await agent.run(
        `Action: ${action}\nFiles: a.js, b.js\n\nMend`,
        reading(["x();", "x();", "y();"]),
      );
      expect(calls.map(({ name }) => name)).toEqual(["read", "edit"]);
      expect(calls[1]?.values["filePath"]).toBe("a.js");
      expect(calls[1]?.values["oldString"]).toBe("x();\nx();");
      expect(calls[1]?.values["newString"]).toMatch(/^\/\/ .*Mend\nx\(\);\nx\(\);$/);
    },
  );

  test("an edit keeps the line that says how to read the file first", async () => {
    const { calls } = await agent.run(
      "Action: edit\nFile: a.py\n\nMend",
      reading(["#!/usr/bin/python3", "run()"]),
    );
    expect(calls[1]?.values["newString"]).toMatch(/^#!\/usr\/bin\/python3\n# /);
  });

  test("an edit done twice changes the file once", async () => {
    const first = await agent.run("Action: edit\nFile: a.js\n\nMend", reading(["x();"]));
    const lines = (first.calls[1]?.values["newString"] ?? "").split("\n");
    const second = await agent.run("Action: edit\nFile: a.js\n\nMend", reading(lines));
    expect(second.calls.map(({ name }) => name)).toEqual(["read"]);
  });

  test("an edit writes the file that is missing", async () => {
    const { calls } = await agent.run("Action: edit\nFile: a.go\n\nMend", (call) =>
      call.name === "read" ? "File not found: /w/a.go" : succeed(call),
    );
    expect(calls.map(({ name }) => name)).toEqual(["read", "write"]);
  });

  test("an edit never overwrites what it could not read", async () => {
    const { calls, text } = await agent.run(
      "Action: edit\nFile: a.go\n\nMend",
      () => "The user rejected it.",
    );
    expect(calls.map(({ name }) => name)).toEqual(["read"]);
    expect(text).toContain("Nothing was changed");
  });

  test.each([
    ["api/users.go", "api/users_test.go"],
    ["src/a.ts", "src/a.test.ts"],
    ["app/users.py", "app/test_users.py"],
    ["src/main.rs", "src/main.rs.test.md"],
  ])("test writes a test of %s beside it", async (subject, path) => {
    const { calls } = await agent.run(`Action: test\nFile: ${subject}\n\nTest it`, reading(["x"]));
    expect(calls.map(({ name }) => name)).toEqual(["read", "write"]);
    expect(writtenPaths(calls)).toEqual([path]);
  });

  test.each(["explain", "review"])("%s changes nothing", async (action) => {
    const named = await agent.run(`Action: ${action}\nFile: a.js\n\nWhat?`, reading(["x", "y"]));
    expect(named.calls.map(({ name }) => name)).toEqual(["read"]);
    expect(named.text).toContain("a.js has 2 lines");
    const unnamed = await agent.run(`Action: ${action}\n\nWhat?`, () => "/w/a.js\n/w/b.js");
    expect(unnamed.calls.map(({ name }) => name)).toEqual(["glob"]);
    expect(unnamed.text).toContain("2 files");
  });

  test("prompt without directives takes a note of its first line", async () => {
    const { calls } = await agent.run("Please do something.\nAnd more.");
    expect(calls).toEqual([
      { name: "write", values: { filePath: "NOTES.md", content: "# Notes\n\nPlease do something.\n" } },
    ]);
  });
});
