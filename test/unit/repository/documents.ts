/** What two languages of a page have in common, read from Markdown. */
import { posix } from 'node:path';

/** The parts of a page that no translation changes. */
export interface Skeleton {
	/** Levels of the headings, in their order. */
	headings: number[];
	/** Blocks of code, with the language. */
	code: string[];
	/** Images, from the root of the repository. */
	images: string[];
	/** Names of the tables of fields. */
	fields: string[];
	/** Columns and rows of the tables. */
	tables: string[];
}

/** Reads it from a file, by its path from the root of the repository. */
export function skeletonOf(file: string, markdown: string): Skeleton {
	const code = [...markdown.matchAll(/^```[^]+?^```$/gm)].map(([block]) => block);
	const prose = markdown.replace(/^```[^]+?^```$/gm, '');
	return {
		headings: [...prose.matchAll(/^(#{1,6}) /gm)].map(([, marks = '']) => marks.length),
		code,
		images: [...prose.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, path = '']) =>
			posix.join(posix.dirname(file), path),
		),
		fields: [...prose.matchAll(/^<!-- Fields: ([\w ]+),/gm)].map(([, name = '']) => name),
		tables: [...prose.matchAll(/^\|.*\|(?:\n\|.*\|)*$/gm)].map(([table]) => sizeOf(table)),
	};
}

function sizeOf(table: string): string {
	const rows = table.split('\n');
	return `${rows[0]?.replace(/\\\|/g, '').split('|').length} × ${rows.length}`;
}

/** The words in italics, which are names of the editor; a name with a value, `Extend To: Custom Sides`, is two. */
export function namesIn(markdown: string): string[] {
	const prose = markdown
		.replace(/^```[^]+?^```$/gm, '')
		.replace(/<!-- Fields[^]*?<!-- End of the fields -->/g, '')
		.replace(/`[^`\n]*`/g, '')
		.replace(/\*\*/g, '');
	return [...prose.matchAll(/(?<=^|[\s(（，。：、；“|])\*([^*\n]+)\*(?![*\w])/gm)].flatMap(([, name = '']) =>
		name.split(': '),
	);
}
