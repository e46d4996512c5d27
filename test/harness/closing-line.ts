import type { Reporter, TestModule } from 'vitest/node';

/** Ends every run with the line "N passed, N failed", for people and machines that read only the end. */
export default class ClosingLine implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
		const tests = modules.flatMap((module) => [...module.children.allTests()]);
		const passed = tests.filter((test) => test.result().state === 'passed').length;
		// A file that does not load and an error outside of tests are failures too, and a skipped test is one.
		const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length;
		const failed = tests.length - passed + broken + unhandledErrors.length;
		process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
	}
}
