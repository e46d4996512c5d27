import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { Owner } from '../../../sandbox/n8n/client';
import { screenshots } from './browser';

/** A part of the page, in pixels. */
export interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** n8n's editor as a person uses it. What n8n calls a part in `data-test-id` is how it is found. */
export class Editor {
	constructor(
		readonly page: Page,
		private readonly url: string,
	) {}

	part(id: string, within: Locator | Page = this.page): Locator {
		return within.locator(`[data-test-id="${id}"]`);
	}

	async signIn({ email, password }: Owner): Promise<void> {
		await this.page.goto(`${this.url}/signin`);
		await this.page.locator('input[name=emailOrLdapLoginId]').fill(email);
		await this.page.locator('input[name=password]').fill(password);
		await this.part('form-submit-button').click();
		await this.page.waitForURL(/\/home\//);
	}

	/** An empty workflow with the list of nodes open for its first step. */
	async startWorkflow(): Promise<void> {
		await this.page.goto(`${this.url}/workflow/new`);
		await this.part('canvas-plus-button').click();
		await this.part('node-creator-search-bar').waitFor();
	}

	/** A new workflow that has a Manual Trigger. */
	async newWorkflow(): Promise<void> {
		await this.startWorkflow();
		await this.search('manual trigger');
		await this.found('Manual Trigger').click();
		await this.node('When clicking ‘Execute workflow’').waitFor();
	}

	async openWorkflow(id: string, aNode: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.node(aNode).waitFor();
		await this.part('zoom-to-fit').click();
	}

	/** Opens the list of nodes for a node behind the last one. */
	async openNodeCreator(): Promise<void> {
		await this.part('node-creator-plus-button').click();
		await this.part('node-creator-search-bar').waitFor();
	}

	/** Adds a node behind another one by one of its actions, which opens its panel. */
	async addNode({ behind, name, action }: { behind: string; name: string; action: string }): Promise<void> {
		await this.node(behind).click();
		await this.openNodeCreator();
		await this.search(name);
		await this.found(name).click();
		await this.action(action).click();
		await this.part('node-parameters').waitFor();
	}

	/** An entry of the list of nodes with exactly that name. */
	found(name: string): Locator {
		const title = this.part('node-creator-item-name').getByText(name, { exact: true });
		return this.part('item-iterator-item').filter({ has: title });
	}

	/** Types into the search of the list of nodes. */
	async search(words: string): Promise<void> {
		await this.part('node-creator-search-bar').fill(words);
	}

	/** An action in the details of a node in the list. */
	action(name: string): Locator {
		return this.part('item-iterator-item').getByText(name, { exact: true });
	}

	/** From the details of a node back to the list. */
	async leaveNodeDetails(): Promise<void> {
		await this.page.locator('[class*=backButton]:visible').first().click();
		await this.part('node-creator-search-bar').waitFor();
	}

	node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** Opens a node's panel. */
	async openNode(name: string): Promise<void> {
		await this.node(name).dblclick();
		await this.part('node-parameters').waitFor();
	}

	async closePanel(): Promise<void> {
		await this.part('ndv-close-button').click();
		await this.part('ndv').waitFor({ state: 'hidden' });
	}

	parameter(name: string): Locator {
		return this.part(`parameter-input-${name}`);
	}

	/** The names offered by a drop-down parameter, which stays open. */
	async optionsOf(name: string): Promise<string[]> {
		await this.parameter(name).click();
		return await this.textsOf(this.openList().locator('.option-headline'));
	}

	/** The texts of what is shown, once it is there and changes no more. */
	async textsOf(parts: Locator): Promise<string[]> {
		for (let before = ''; ;) {
			await parts.first().waitFor();
			const texts = (await parts.allInnerTexts()).map((text) => text.trim());
			if (texts.length > 0 && texts.join('\n') === before) return texts;
			before = texts.join('\n');
			await this.page.waitForTimeout(100);
		}
	}

	async choose(name: string, option: string): Promise<void> {
		await this.parameter(name).click();
		await this.openList()
			.filter({ has: this.page.getByText(option, { exact: true }) })
			.first()
			.click();
		await this.openList().first().waitFor({ state: 'hidden' });
	}

	/** Adds one of the options of the collection Options. */
	async addOption(option: string): Promise<void> {
		await this.part('collection-parameter-add').first().click();
		await this.openList()
			.filter({ has: this.page.getByText(option, { exact: true }) })
			.first()
			.click();
	}

	async chooseCredential(name: string): Promise<void> {
		await this.part('node-credentials-select').first().click();
		await this.openList().filter({ hasText: name }).first().click();
	}

	/** The entries of the list that is open now. */
	openList(): Locator {
		return this.page.locator('[role=option]:visible');
	}

	/** Opens a searchable list; resolves when it has entries. */
	async openSearchList(name: string): Promise<void> {
		await this.searchListOpener(name).click();
		await this.searchListEntries().first().waitFor();
	}

	/** The field that opens a searchable list. */
	searchListOpener(name: string): Locator {
		return this.part('rlc-input', this.part(`resource-locator-${name}`));
	}

	/** Narrows the searchable list that is open. */
	async searchInList(words: string): Promise<void> {
		await this.part('rlc-search').fill(words);
	}

	/** The entries of the searchable list that is open. */
	searchListEntries(): Locator {
		return this.page.locator('[data-test-id="rlc-item"]:visible');
	}

	async setNumber(name: string, value: number): Promise<void> {
		const input = this.parameter(name).locator('input');
		await input.fill(String(value));
		await input.blur();
	}

	async setText(name: string, value: string): Promise<void> {
		const input = this.parameter(name).locator('textarea, input').first();
		await input.fill(value);
		await input.blur();
	}

	/** Switches a parameter from an expression to a fixed value. */
	async useFixed(name: string): Promise<void> {
		await this.parameter(name).hover();
		await this.part('radio-button-fixed').locator('visible=true').first().click();
	}

	/** Presses Execute workflow; resolves when the node has succeeded. */
	async execute(node: string): Promise<void> {
		await this.part('execute-workflow-button').click();
		await this.part('canvas-node-status-success', this.node(node)).waitFor();
		await this.page.getByText('Workflow executed successfully').waitFor();
	}

	output(): Locator {
		return this.part('output-panel');
	}

	/** Shows the output's first picture as the View button does; gives its true size once it is loaded. */
	async viewPicture(): Promise<{ width: number; height: number }> {
		await this.part('radio-button-binary', this.output()).click();
		await this.part('ndv-view-binary-data', this.output()).first().click();
		const picture = this.page.locator('img[src*="/rest/binary-data"]');
		await picture.waitFor();
		return await picture.evaluate(async (image) => {
			const shown = image as HTMLImageElement;
			await shown.decode();
			return { width: shown.naturalWidth, height: shown.naturalHeight };
		});
	}

	/** Takes messages in the corner away. */
	async dismissToasts(): Promise<void> {
		// One may appear while another fades out.
		const toasts = this.page.locator('.el-notification');
		while ((await toasts.count()) > 0) {
			await toasts
				.locator('.el-notification__closeBtn')
				.first()
				.click({ timeout: 2_000 })
				.catch(() => undefined); // gone by itself
		}
	}

	/** The smallest box that holds all nodes and notes of the canvas, with a margin. In pixels. */
	async canvasBox(margin: number): Promise<Box> {
		return await this.page.locator('.vue-flow__node').evaluateAll((parts, around) => {
			const boxes = parts.map((part) => part.getBoundingClientRect());
			const x = Math.min(...boxes.map(({ left }) => left)) - around;
			const y = Math.min(...boxes.map(({ top }) => top)) - around;
			const right = Math.max(...boxes.map((box) => box.right)) + around;
			const bottom = Math.max(...boxes.map((box) => box.bottom)) + around;
			return { x, y, width: right - x, height: bottom - y };
		}, margin);
	}

	/** Saves what is seen, once icons and fonts are there and nothing moves. */
	async shot(name: string): Promise<void> {
		await this.settled();
		await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
	}

	/** Icons and fonts are there and nothing moves. */
	async settled(): Promise<void> {
		await this.page.evaluate(async () => {
			await document.fonts.ready;
			await Promise.allSettled([...document.images].map(async (image) => await image.decode()));
			const finite = document
				.getAnimations()
				.filter((animation) => animation.effect?.getTiming().iterations !== Infinity);
			await Promise.allSettled(finite.map(async (animation) => await animation.finished));
		});
	}
}
