/** The regular expressions of sources, texts that are hard for them, and what matching costs. */
import { RegExpParser, visitRegExpAST, type AST } from '@eslint-community/regexpp';
import ts from 'typescript';
import { createContext, Script } from 'node:vm';

/** A regular expression, and where it stands. */
export interface Found {
	place: string;
	pattern: RegExp;
}

/** Calls that make a regular expression of what they are given. */
const MAKERS = ['RegExp', 'match', 'matchAll', 'search'];

/** All literals of a file, those within n8n expressions (`={{ … }}`) too. */
export function expressionsIn(file: string, code: string): Found[] {
	return nodesOf(code).flatMap((node) => {
		if (ts.isRegularExpressionLiteral(node)) return [{ place: `${file}: ${node.text}`, pattern: literal(node.text) }];
		return insideTextOf(node).flatMap((inner) => expressionsIn(file, inner));
	});
}

/** The calls of a file that make one while they run: nobody could find it and measure it. */
export function madeAtRunTime(file: string, code: string): string[] {
	return nodesOf(code).flatMap((node) => {
		if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
		const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
		const [given] = node.arguments ?? [];
		const makes = MAKERS.includes(name) && given !== undefined && !ts.isRegularExpressionLiteral(given);
		return makes ? [`${file}: ${node.getText()}`] : [];
	});
}

function nodesOf(code: string): ts.Node[] {
	const nodes: ts.Node[] = [];
	const visit = (node: ts.Node): void => {
		nodes.push(node);
		ts.forEachChild(node, visit);
	};
	visit(ts.createSourceFile('source.ts', code, ts.ScriptTarget.Latest, true));
	return nodes;
}

/** The JavaScript in a text that n8n evaluates. */
function insideTextOf(node: ts.Node): string[] {
	const isText = ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node);
	if (!isText || !node.text.includes('{{')) return [];
	const parts = node.text.split('{{').slice(1);
	return parts.map((part) => part.slice(0, part.includes('}}') ? part.indexOf('}}') : part.length));
}

function literal(text: string): RegExp {
	const end = text.lastIndexOf('/');
	return new RegExp(text.slice(1, end), text.slice(end + 1));
}

/** What is repeated to make a text long, for any expression. */
const PIECES = [
	...['a', 'E', '1', ' ', '\n', '\r', '/', '=', '-', '.', ',', '"', '\\', '{', '\0', '中', '\ud83d\ude00', '\ud83d'],
	...['a ', 'a/', '1.', ' /', '/=', '\r\n'],
];

/** What follows it: nothing, or what no class accepts. */
const ENDS = ['', '\u0001'];

/** Characters that classes are asked for. */
const CANDIDATES = [...'aAzZ019_ -/=+.,;:!#?"%@', '\n', '\t', '中', 'é', '\u0001'];

/** Shorter repetitions are bounded by themselves. */
const FEWEST_REPETITIONS = 32;

/** A text for any size. */
export interface Hostile {
	name: string;
	make(size: number): string;
}

/** Texts that are hard for any expression, and those that are made of its own literals and classes. */
export function hostileTexts(pattern: RegExp): Hostile[] {
	const whole = shortest(new RegExpParser().parseLiteral(String(pattern)).pattern, pattern.flags);
	return [...[...PIECES, whole].flatMap((piece) => runs('', piece)), ...repetitions(pattern, FEWEST_REPETITIONS)];
}

/** For each repetition of at least so many: what leads to it, then what it repeats; and both again and again. */
function repetitions(pattern: RegExp, fewest: number): Hostile[] {
	const texts: Hostile[] = [];
	visitRegExpAST(new RegExpParser().parseLiteral(String(pattern)), {
		onQuantifierEnter(node) {
			if (node.max < fewest) return;
			const before = leadingTo(node, pattern.flags);
			for (const piece of piecesOf(node.element, pattern.flags))
				texts.push(...runs(before, piece), ...runs('', before + piece));
		},
	});
	const seen = new Set<string>();
	return texts.filter(({ name }) => !seen.has(name) && seen.add(name));
}

function runs(before: string, piece: string): Hostile[] {
	if (piece === '') return [];
	return ENDS.map((end) => ({
		name: JSON.stringify([before, piece, end]),
		make: (size) => before + piece.repeat(Math.ceil(size / piece.length)) + end,
	}));
}

/** The shortest text before a node, from the start of the expression. */
function leadingTo(node: AST.Node, flags: string): string {
	const { parent } = node;
	if (!parent) return '';
	const here =
		parent.type === 'Alternative'
			? parent.elements.slice(0, parent.elements.indexOf(node as AST.Element)).map((each) => shortest(each, flags))
			: [];
	return leadingTo(parent, flags) + here.join('');
}

/** A short text that a part matches; assertions match nothing by themselves. */
function shortest(node: AST.Node, flags: string): string {
	if (node.type === 'Alternative') return node.elements.map((element) => shortest(element, flags)).join('');
	if (node.type === 'Quantifier') return shortest(node.element, flags).repeat(node.min);
	if ('alternatives' in node && node.type !== 'Assertion') {
		const [first] = node.alternatives;
		return first && 'elements' in first ? shortest(first as AST.Alternative, flags) : '';
	}
	return isOneCharacter(node) ? (accepted(node, flags)[0] ?? '') : '';
}

/** What a repetition may repeat: a few of the characters it accepts, or each of its alternatives. */
function piecesOf(node: AST.Node, flags: string): string[] {
	if (isOneCharacter(node)) return accepted(node, flags).slice(0, 3);
	if (!('alternatives' in node)) return [shortest(node, flags)];
	return node.alternatives.map((each) => shortest(each, flags));
}

function isOneCharacter({ type }: AST.Node): boolean {
	return ['Character', 'CharacterSet', 'CharacterClass', 'ExpressionCharacterClass'].includes(type);
}

function accepted(node: AST.Node, flags: string): string[] {
	const one = new RegExp(`^(?:${node.raw})$`, flags.replace(/[gy]/g, ''));
	const own = node.type === 'Character' ? [String.fromCodePoint(node.value)] : [];
	return [...own, ...CANDIDATES].filter((character) => one.test(character));
}

/** Ten times the text may take this many times the time; what is quadratic takes 100 times. */
const MOST_GROWTH = 30;

/** Shorter times say nothing, in ms: replacing half a million matches costs a tenth of a second by itself. */
const SHORTEST_MS = 10;

/** The garbage of others is collected at any time, so that a long time is measured again. */
const TRIES = 3;

/** Matching is ended after this time on the wall, in ms, plus many times what it may take of the processor's. */
const KILL_MS = 500;
const KILL_FACTOR = 4;

/** The first one is for expressions that never end. */
const SIZES = [1_000, 10_000, 100_000, 1_000_000];

/** The text for which an expression takes more than linear time, and how much; undefined when there is none. */
export function slowOn(pattern: RegExp): string | undefined {
	for (const { name, make } of hostileTexts(pattern)) {
		let before = 0;
		for (const size of SIZES) {
			const most = MOST_GROWTH * Math.max(SHORTEST_MS, before);
			const text = make(size);
			let took = Infinity;
			for (let tries = 0; tries < TRIES && took > most; tries += 1) {
				const ms = matchMs(pattern, text, most);
				took = Math.min(took, ms);
				// Whoever was ended has had his time.
				if (ms === Infinity) break;
			}
			if (took > most) return `${String(pattern)} takes ${took} ms of the processor for ${size} characters of ${name}`;
			before = took;
		}
	}
	return undefined;
}

const context = createContext({ text: '', pattern: /x/ });
const matching = new Script('pattern.global ? text.replace(pattern, "") : pattern.test(text)');

/** Processor time in ms to find the match, or all of them; Infinity when they were not found in time. */
function matchMs(pattern: RegExp, text: string, most: number): number {
	Object.assign(context, { text, pattern });
	// A busy machine may have given it nothing of that time: then it gets more.
	for (let killMs = Math.ceil(KILL_MS + KILL_FACTOR * most); ; killMs *= 2) {
		const before = process.cpuUsage();
		const isDone = endsWithin(killMs);
		const { user, system } = process.cpuUsage(before);
		const took = (user + system) / 1_000;
		if (isDone) return took;
		if (took > most) return Infinity;
	}
}

/** Whether the match was found, in ms on the wall. */
function endsWithin(killMs: number): boolean {
	try {
		matching.runInContext(context, { timeout: killMs });
		return true;
	} catch (error) {
		// An Error of the other context.
		if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
		throw error;
	}
}

/** More steps than V8's matcher has room for, where it must keep each of them: it throws what a deep recursion throws. */
const MANY_STEPS = 10_000_000;

/** The text on which an expression overflows, and the error; undefined when there is none. */
export function overflowsOn(pattern: RegExp): string | undefined {
	for (const { name, make } of repetitions(pattern, Infinity)) {
		try {
			make(MANY_STEPS).search(pattern);
		} catch (error) {
			return `${String(pattern)} ends with ${String(error)} on ${MANY_STEPS} characters of ${name}`;
		}
	}
	return undefined;
}
