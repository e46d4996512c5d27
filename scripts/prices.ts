/** Writes the price table of docs/cost.md from what the resources declare, or says that it has drifted (`--check`). */
import { readFileSync, writeFileSync } from 'node:fs';

import { PRICE_LIST, type ListedPrice, type PriceRow } from '../nodes/Kling/prices.ts';
import { resources } from '../nodes/Kling/resources/index.ts';

/** The table stands between these two lines. */
const BEGIN = '<!-- Price table, written by npm run prices -->';
const END = '<!-- End of the price table -->';

const LIST_PRICE = `List price, checked ${PRICE_LIST.checked}`;

/** One price of a resource. */
interface Listed extends PriceRow {
	resource: string;
	path: string;
	per: ListedPrice['per'];
}

/** What a table shows of each price, column by column. */
type Columns = Record<string, (price: Listed) => string>;

const columns: Columns = {
	Resource: ({ resource }) => resource,
	Endpoint: ({ path }) => code(path),
	Model: ({ model }) => code(model) || '–',
	'Input image': (price) => withImage(price) || 'any',
	Resolution: (price) => resolutions(price) || '–',
	Units: ({ units }) => String(units),
	Per: ({ per }) => per,
	[LIST_PRICE]: dollars,
};

const prices = resources.flatMap(({ option, endpoint }): Listed[] => {
	if (!endpoint) return [];
	const price = endpoint.price as ListedPrice | undefined;
	if (!price) throw new Error(`The resource ${option.name} declares no price.`);
	return price.rows.map((row) => ({ ...row, resource: option.name, path: endpoint.path, per: price.per }));
});

const perUnit = `Units are those of an image pack. One unit is $${PRICE_LIST.dollarsPerUnit} (${LIST_PRICE.toLowerCase()}).`;

const DOCUMENT = 'docs/cost.md';
const file = new URL(`../${DOCUMENT}`, import.meta.url);
const present = readFileSync(file, 'utf8');
const wanted = withPrices(present, [...table(), '', perUnit]);

if (!process.argv.includes('--check')) writeFileSync(file, wanted);
else if (present === wanted) console.log('Price table: 1 passed, 0 failed');
else {
	console.error(`The prices in ${DOCUMENT} have drifted from the nodes. Run: npm run prices`);
	process.exitCode = 1;
}

function withPrices(text: string, lines: string[]): string {
	const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
	if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no place for the prices: "${BEGIN}" and "${END}".`);
	return [text.slice(0, from) + BEGIN, '', ...lines, '', text.slice(to)].join('\n');
}

function table(): string[] {
	const lines = [
		Object.keys(columns),
		Object.keys(columns).map(() => '---'),
		...prices.map((price) => Object.values(columns).map((cell) => cell(price))),
	];
	return lines.map((cells) => `| ${cells.join(' | ')} |`);
}

function withImage({ withImage }: PriceRow): string {
	if (withImage === undefined) return '';
	return withImage ? 'with an input image' : 'text alone';
}

function resolutions({ resolutions = [] }: PriceRow): string {
	return resolutions.join(', ');
}

/** What so many units cost, to the tenth of a cent. */
function dollars({ units }: PriceRow): string {
	return `$${Number((units * PRICE_LIST.dollarsPerUnit).toFixed(4))}`;
}

function code(text = ''): string {
	return text === '' ? '' : `\`${text}\``;
}
