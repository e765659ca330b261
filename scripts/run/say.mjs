/** What is being done goes to stderr, so that stdout holds only what the command answers. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
