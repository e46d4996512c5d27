/** The texts of errors as the sources of the nodes write them, found by what they are handed to. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A text with `…` where a value stands. */
export interface SourceText {
	file: string;
	role: 'headline' | 'hint';
	text: string;
	/** What reads like it. */
	pattern: RegExp;
}

/** Which arguments of the functions that make errors are headline and hint. */
const ARGUMENTS = new Map<string, [headline: number, hint: number]>([
	['refuseInput', [1, 2]],
	['inputError', [2, 3]],
	['unsentError', [0, 1]],
	['ImageProblem', [0, 1]],
	['ImageProblem.of', [1, 2]],
	['ImageProblem.holding', [1, 2]],
	['ImageProblem.atLink', [0, 1]],
]);

/** Fields of the objects that become errors: of a Failure, a Miss, a Problem, and of what a request was lost to. */
const HEADLINES = ['headline', 'problem', 'message'];

/** All of them below a folder. */
export function textsIn(folder: string): SourceText[] {
	return (readdirSync(folder, { recursive: true }) as string[])
		.filter((name) => name.endsWith('.ts'))
		.flatMap((name) => textsOf(`${folder}/${name}`));
}

function textsOf(file: string): SourceText[] {
	const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
	const found: SourceText[] = [];
	const named = initializersIn(source);
	const add = (role: SourceText['role'], node: ts.Node | undefined) => {
		const texts = new Set(node ? literalsIn(node, named) : []);
		for (const text of texts) if (/[a-z]{2}/.test(text)) found.push({ file, role, text, pattern: patternOf(text) });
	};
	const visit = (node: ts.Node): void => {
		if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
			const [headline, hint] = ARGUMENTS.get(node.expression.getText()) ?? [];
			if (headline !== undefined && hint !== undefined) {
				add('headline', node.arguments?.[headline]);
				add('hint', node.arguments?.[hint]);
			}
		}
		if (ts.isObjectLiteralExpression(node)) {
			const fields = new Map(node.properties.filter(ts.isPropertyAssignment).map((one) => [one.name.getText(), one]));
			// That of a field in the editor is another one.
			const hint = fields.has('displayName') || fields.has('placeholder') ? undefined : fields.get('hint');
			const headline = HEADLINES.map((name) => fields.get(name)).find((one) => one !== undefined);
			if (hint && headline) add('headline', headline.initializer);
			if (hint) add('hint', hint.initializer);
		}
		ts.forEachChild(node, visit);
	};
	visit(source);
	return found;
}

/** The values of the variables of a file, by name. */
function initializersIn(source: ts.SourceFile): Map<string, ts.Expression[]> {
	const named = new Map<string, ts.Expression[]>();
	const visit = (node: ts.Node): void => {
		if (ts.isVariableDeclaration(node) && node.initializer)
			named.set(node.name.getText(), [...(named.get(node.name.getText()) ?? []), node.initializer]);
		ts.forEachChild(node, visit);
	};
	visit(source);
	return named;
}

/** The texts in an expression: literals, those of variables of the file, and what functions make of them. */
function literalsIn(node: ts.Node, named: Map<string, ts.Expression[]>, depth = 0): string[] {
	if (depth > 12) return [];
	const within = (inner: ts.Node) => literalsIn(inner, named, depth + 1);
	if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
	if (ts.isTemplateExpression(node))
		return [[node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')];
	if (ts.isIdentifier(node))
		return (named.get(node.text) ?? []).flatMap((value) => (isTable(value) ? [] : within(value)));
	if (ts.isElementAccessExpression(node)) return valuesOf(node.expression, named).flatMap(within);
	if (ts.isPropertyAccessExpression(node)) return [];
	if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(within);
	if (ts.isCallExpression(node)) return node.arguments.flatMap(within);
	const parts: string[] = [];
	ts.forEachChild(node, (child) => void parts.push(...within(child)));
	return parts;
}

const isTable = (node: ts.Node) => ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);

/** What stands in a table, such as `NAMES[kind]`. */
function valuesOf(table: ts.Expression, named: Map<string, ts.Expression[]>): ts.Node[] {
	return (named.get(table.getText()) ?? [])
		.filter(ts.isObjectLiteralExpression)
		.flatMap(({ properties }) => properties.filter(ts.isPropertyAssignment).map(({ initializer }) => initializer));
}

function patternOf(text: string): RegExp {
	const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	return new RegExp(parts.join('.*'), 'i');
}
