/** A vitest reporter that names what was skipped, so that nothing is silently not tested. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class SkippedTests {
  onTestRunEnd(modules) {
    const counts = new Map();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const [suite] = test.fullName.split(" > ", 1);
        const name = `${module.relativeModuleId} > ${suite}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    if (counts.size === 0) return;
    const lines = [...counts].map(
      ([name, count]) => `  ${name}: ${count === 1 ? "1 test" : `${count} tests`}`,
    );
    console.log(`\nSkipped, for want of what they need:\n${lines.join("\n")}`);
  }
}
