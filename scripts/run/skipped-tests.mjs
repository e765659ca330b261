/** A vitest reporter that names what was skipped, so that nothing is silently not tested. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class SkippedTests {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map(
        (test) => `  ${module.relativeModuleId} > ${test.fullName}`,
      ),
    );
    if (skipped.length === 0) return;
    console.log(`\nSkipped, for want of what they need:\n${skipped.join("\n")}`);
  }
}
