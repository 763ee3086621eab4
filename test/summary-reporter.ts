import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, `12 passed, 0 failed`, for people and for programs that read the last line. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that cannot be loaded holds no tests to count, and is a failure all the same.
      if (module.errors().length > 0) count.failed++;
    }
    const passedOver = count.skipped + count.pending;
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${passedOver > 0 ? `, ${passedOver} skipped` : ''}\n`);
  }
}
