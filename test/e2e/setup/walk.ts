import { performance } from 'node:perf_hooks';
import type { Editor } from './editor';

/** One thing that a person does: a click, or an entry into a field. */
export interface Step {
	what: string;
	kind: 'click' | 'entry';
	/** Time from the start of the step until what it leads to is there, in ms. */
	ms: number;
	/** Only this test needs it, such as the address of a stand-in for the service. Not counted. */
	apart: boolean;
}

/** Follows a person through the editor: counts what is clicked and entered, and keeps an image of each step. */
export class Walk {
	readonly steps: Step[] = [];

	constructor(
		private readonly editor: Editor,
		private readonly name: string,
	) {}

	async click(what: string, act: () => Promise<unknown>): Promise<void> {
		await this.take('click', what, act);
	}

	async enter(what: string, act: () => Promise<unknown>): Promise<void> {
		await this.take('entry', what, act);
	}

	/** What is done only because a stand-in answers in the place of the service. */
	async apart(what: string, act: () => Promise<unknown>): Promise<void> {
		await this.take('entry', what, act, true);
	}

	/** What a person does: clicks and entries. */
	get count(): number {
		return this.steps.filter(({ apart }) => !apart).length;
	}

	/** As a Markdown table. */
	table(): string {
		const rows = this.steps.map(({ what, kind, ms, apart }, index) => {
			const number = apart ? '–' : String(this.steps.slice(0, index + 1).filter((step) => !step.apart).length);
			return `| ${number} | ${kind} | ${what}${apart ? ' (only in this test)' : ''} | ${(ms / 1000).toFixed(1)} |`;
		});
		return [
			`### ${this.name}: ${this.count} clicks and entries`,
			'',
			'| | | Step | s |',
			'| --- | --- | --- | --- |',
			...rows,
		].join('\n');
	}

	private async take(kind: Step['kind'], what: string, act: () => Promise<unknown>, apart = false): Promise<void> {
		const start = performance.now();
		await act();
		this.steps.push({ what, kind, ms: performance.now() - start, apart });
		const number = String(this.steps.length).padStart(2, '0');
		await this.editor.shot(`walk-${this.name}-${number}`.toLowerCase().replaceAll(' ', '-'));
	}
}
