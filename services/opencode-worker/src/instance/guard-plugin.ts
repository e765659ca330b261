/**
 * The first plugin of every instance: keeps an untrusted repository's code out of the server, keeps Drover's permissions the last
 * word, and the server's own variables out of the agent's commands, and fills in what OpenCode trips over.
 *
 * OpenCode 1.18 reads the plugins of a repository for its new session interface at the first prompt, whatever
 * OPENCODE_DISABLE_PROJECT_CONFIG and OPENCODE_PURE say. So every module that is neither part of the binary nor lies in
 * the instance's own config folder is loaded as an empty one, which OpenCode passes over. In a trusted repository none is.
 *
 * Of several rules the last that matches wins, and merged configurations keep the place of a key that was there before. So the
 * permissions are set anew, in Drover's order, and what Drover denies is put behind whatever an agent allows itself.
 */

/** Source of a JavaScript module, run inside of OpenCode by Bun. */
export const guardPlugin = `
const own = decodeURIComponent(new URL("../..", import.meta.url).pathname);
const trusted = process.env.OPENCODE_DISABLE_PROJECT_CONFIG === undefined;
const literally = (text) => text.replace(/[.*+?^\${}()|[\\]\\\\]/g, "\\\\$&");

if (!trusted) Bun.plugin({
  name: "drover-guard",
  setup(build) {
    const foreign = new RegExp("^(?!" + literally("/$bunfs/") + "|" + literally(own) + ")");
    build.onLoad({ filter: foreign }, () => ({ contents: "export default null;", loader: "js" }));
  },
});

const hidden = ["OPENCODE_SERVER_PASSWORD", "OPENCODE_CONFIG_CONTENT", "OPENCODE_PERMISSION"];

const rules = JSON.parse(process.env.OPENCODE_PERMISSION);
const last = Object.entries(rules).filter(([name, rule]) => name !== "*" && rule !== "allow");

const unasked = (rule) =>
  typeof rule === "object" && rule !== null
    ? Object.fromEntries(Object.entries(rule).filter(([, decision]) => decision !== "ask"))
    : rule;
const narrowed = (permission) => {
  if (typeof permission !== "object" || permission === null) return permission === "deny" ? "deny" : undefined;
  const { "*": rest, ...named } = permission;
  const kept = Object.fromEntries(
    Object.entries(named).filter(([, rule]) => rule !== "ask").map(([name, rule]) => [name, unasked(rule)]),
  );
  const ends = last.map(([name, rule]) => [name, kept[name] === "deny" ? "deny" : rule]);
  for (const [name] of last) delete kept[name];
  return { ...(rest === "deny" ? { "*": "deny" } : {}), ...kept, ...Object.fromEntries(ends) };
};

export const DroverGuard = async () => ({
  config: async (config) => {
    config.permission = rules;
    for (const agent of Object.values(config.agent ?? {})) {
      if (agent.permission !== undefined) agent.permission = narrowed(agent.permission);
    }
  },
  "shell.env": async (_input, output) => {
    for (const name of hidden) output.env[name] = "";
  },
  // Without a value OpenCode 1.18 cannot list the request for the permission, nor any other beside it.
  "tool.execute.before": async ({ tool }, output) => {
    if (tool === "webfetch") output.args.timeout ??= 30;
  },
});
`;
