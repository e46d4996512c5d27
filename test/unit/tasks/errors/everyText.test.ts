/** What holds of every text of an error that stands in the sources, whether a test drives it or not. */
import { describe, expect, it } from 'vitest';

import { textsIn } from './sources';
import { CODES, INSIDERS } from './texts';

const texts = [...textsIn('nodes'), ...textsIn('credentials')];
const headlines = texts.filter(({ role }) => role === 'headline');
const hints = texts.filter(({ role }) => role === 'hint');
const told = (list: typeof texts) => list.map(({ file, text }) => `${file}: ${text}`);

it('they are found, however they are written', () => {
	expect(headlines.length).toBeGreaterThan(100);
	expect(hints.length).toBeGreaterThan(120);
	for (const text of [
		'Task ID is empty',
		'the link redirects more than five times',
		'…: there is no image',
		'… is neither a URL nor a binary field of the item',
		'HEIC, as iPhones store photos',
		'… holds a number in … that cannot be sent digit for digit',
		'The field Private Image Hosts of the credential holds …, which is no host',
	])
		expect(headlines.map((headline) => headline.text)).toContain(text);
});

describe('every', () => {
	it('headline leaves room for the values it names, and ends without a full stop but behind a second sentence', () => {
		expect(told(headlines.filter(({ text }) => text.replaceAll('…', '').length > 84))).toEqual([]);
		expect(told(headlines.filter(({ text }) => /^[^.]*\.$/.test(text.replace(/e\.g\./g, ''))))).toEqual([]);
	});

	it('description keeps 300 characters', () => {
		expect(told(hints.filter(({ text }) => text.length > 300))).toEqual([]);
	});

	it('text has neither codes of the network nor words of ours, nor the number of an item', () => {
		const wrong = (text: string) => CODES.test(text) || INSIDERS.test(text) || /\b[Ii]tem (?:\d|…)/.test(text);
		expect(told(texts.filter(({ text }) => wrong(text)))).toEqual([]);
	});
});
