/** A real MCP server over stdio with one tool, `clock`, that answers a fixed word and counts its calls in a file. */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [, , word, file] = process.argv;
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "clock", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({
    tools: [
      { name: "clock", description: "Tells the word.", inputSchema: { type: "object", properties: {} } },
    ],
  }),
  "tools/call": () => {
    appendFileSync(file, `${word}\n`);
    return { content: [{ type: "text", text: `success: ${word}` }] };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const answer = answers[method];
  const reply =
    answer === undefined
      ? { error: { code: -32601, message: "no such method" } }
      : { result: answer(params ?? {}) };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...reply })}\n`);
}
