import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, `12 passed, 0 failed`, for whoever reads logs by machine.
 *
 * What broke outside of any test (a file that did not load, a failed hook of a suite, an unhandled rejection)
 * counts as failed, and so does a run that found no tests: a line without failures is always good news.
 */
export class TallyReporter implements Reporter {
  /** Prints the line; vitest calls it once, when the last file has ended. */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = cases.filter((test) => test.result().state === 'passed').length;
    const skipped = cases.filter((test) => test.result().state === 'skipped').length;
    const broken = unhandled.length + modules.reduce((sum, module) => sum + errorsOutsideTests(module), 0);
    const failed = cases.length - passed - skipped + broken + (cases.length === 0 ? 1 : 0);
    console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  }
}

function errorsOutsideTests(module: TestModule): number {
  const suites = [...module.children.allSuites()];
  return module.errors().length + suites.reduce((sum, suite) => sum + suite.errors().length, 0);
}
