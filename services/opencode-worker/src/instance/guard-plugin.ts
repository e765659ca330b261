/**
 * The one plugin of every instance: keeps a repository's code out of the server, and the server's own variables out of the
 * agent's commands, and fills in what OpenCode trips over.
 *
 * OpenCode 1.18 reads the plugins of a repository for its new session interface at the first prompt, whatever
 * OPENCODE_DISABLE_PROJECT_CONFIG and OPENCODE_PURE say. So every module that is neither part of the binary nor lies in
 * the instance's own config folder is loaded as an empty one, which OpenCode passes over.
 */

/** Source of a JavaScript module, run inside of OpenCode by Bun. */
export const guardPlugin = `
const own = decodeURIComponent(new URL("..", import.meta.url).pathname);
const literally = (text) => text.replace(/[.*+?^\${}()|[\\]\\\\]/g, "\\\\$&");

Bun.plugin({
  name: "drover-guard",
  setup(build) {
    const foreign = new RegExp("^(?!" + literally("/$bunfs/") + "|" + literally(own) + ")");
    build.onLoad({ filter: foreign }, () => ({ contents: "export default null;", loader: "js" }));
  },
});

const hidden = ["OPENCODE_SERVER_PASSWORD", "OPENCODE_CONFIG_CONTENT", "OPENCODE_PERMISSION"];

export const DroverGuard = async () => ({
  "shell.env": async (_input, output) => {
    for (const name of hidden) output.env[name] = "";
  },
  // Without a value OpenCode 1.18 cannot list the request for the permission, nor any other beside it.
  "tool.execute.before": async ({ tool }, output) => {
    if (tool === "webfetch") output.args.timeout ??= 30;
  },
});
`;
