/**
 * How code cites a document: the path from the root, and a heading after a comma: `docs/n8n.md, Retry On Fail`. The
 * heading ends at `;`, `)`, `:`, a quote, the end of the sentence or of the comment. A number behind it is a point of
 * the numbered list below it. A path alone may also start at the citing file, as imports do.
 */
import { posix } from 'node:path';

/** A document that a file names. */
export interface Citation {
	/** The citing file, from the root. */
	file: string;
	document: string;
	heading?: string;
}

/** The text of a file by its path from the root; undefined if there is none. */
export type Repository = (path: string) => string | undefined;

/** Where a line of a comment goes on in the next one. */
const WRAP = /[ \t]*\r?\n[ \t]*(?:\*(?!\/)|\/\/)[ \t]*/g;

/** A path that ends in .md. What begins with two slashes is a part of a URL. */
const DOCUMENT = /(?!\/\/)(?<![\w./-])[\w./-]+\.md\b/g;

/** The heading behind a document. Prose behind a comma begins in lower case. */
const HEADING = /^, ([A-Z0-9].*?)(?=[;):'"`\n]|\.(?:\s|$)|\s*\*\/|$)/;

/** The documents that the comments and strings of a code file cite. Nothing else in code ends in `.md`. */
export function citationsIn(file: string, code: string): Citation[] {
	const text = code.replace(WRAP, ' ');
	return [...text.matchAll(DOCUMENT)].map((match) => {
		const [document] = match;
		const heading = HEADING.exec(text.slice(match.index + document.length))?.[1]?.trim();
		return heading === undefined ? { file, document } : { file, document, heading };
	});
}

/** What is wrong with a citation; undefined if it leads somewhere. */
export function problemOf({ file, document, heading }: Citation, read: Repository): string | undefined {
	const markdown = inside(document, read) ?? inside(posix.join(posix.dirname(file), document), read);
	if (markdown === undefined) return `${file}: there is no ${document}`;
	if (heading === undefined || hasHeading(markdown, heading)) return undefined;
	return `${file}: ${document} has no heading "${heading}"`;
}

/** Reads a file; what is outside of the repository does not count. */
function inside(path: string, read: Repository): string | undefined {
	const place = posix.normalize(path);
	return place.startsWith('..') ? undefined : read(place);
}

function hasHeading(markdown: string, cited: string): boolean {
	const sections = sectionsOf(markdown);
	if (sections.some(({ heading }) => heading === cited)) return true;
	const [, name, point] = /^(.+) (\d+)$/.exec(cited) ?? [];
	return sections.some(({ heading, body }) => heading === name && new RegExp(`^${point}\\. `, 'm').test(body));
}

/** What is wrong with the relative links of a Markdown file. */
export function brokenLinks(file: string, markdown: string, read: Repository): string[] {
	return linksIn(markdown).flatMap((link) => {
		const [path = '', anchor] = link.split('#').map(decodeURIComponent);
		const target = path === '' ? file : posix.join(posix.dirname(file), path);
		const text = inside(target, read);
		if (text === undefined) return [`${file}: there is no ${path}`];
		return anchor === undefined || anchorsOf(text).includes(anchor)
			? []
			: [`${file}: ${target} has no heading for #${anchor}`];
	});
}

/** Targets of links and images that are no URLs. */
function linksIn(markdown: string): string[] {
	const inline = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
	return inline.filter((target) => !/^[a-z]+:/i.test(target));
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(markdown: string): string[] {
	const seen = new Map<string, number>();
	return sectionsOf(markdown).map(({ heading }) => {
		const anchor = heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.replace(/\s/g, '-');
		const before = seen.get(anchor) ?? 0;
		seen.set(anchor, before + 1);
		return before === 0 ? anchor : `${anchor}-${before}`;
	});
}

interface Section {
	/** Without Markdown's marks. */
	heading: string;
	/** Up to the next heading. */
	body: string;
}

function sectionsOf(markdown: string): Section[] {
	const [, ...parts] = withoutFences(markdown).split(/^#{1,6} +/m);
	return parts.map((part) => {
		const [heading = '', ...body] = part.split('\n');
		return { heading: heading.replace(/[`*]/g, '').trim(), body: body.join('\n') };
	});
}

function withoutFences(markdown: string): string {
	return markdown.replace(/^(`{3,}|~{3,})[^]*?^\1\s*$/gm, '');
}

function withoutCode(markdown: string): string {
	return withoutFences(markdown).replace(/`[^`\n]*`/g, '');
}
