/** What a release must have. */

/** npm's limit is far away; this is what we want nobody to download more than, in bytes. */
export const MAX_PACKED = 200 * 1024;

/** A version, as npm and the changelog write it. */
const VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** A heading of the changelog: `## 1.2.3 (2026-09-30)`, or `(unreleased)`. */
const HEADING = /^## (\S+) \(([^)]*)\)$/;

/** What stands where somebody wanted to go on writing. */
const PLACEHOLDER = /\b(?:TODO|FIXME|TBD)\b|\bto be completed\b/;

/** A repository before its release. */
export interface Release {
	/** From package.json. */
	version: string;
	/** From package-lock.json. */
	lockVersion: string;
	changelog: string;
	/** The READMEs by path. */
	readmes: Record<string, string>;
	/** The releases of n8n that the tests run, from sandbox/n8n. */
	n8nVersions: string[];
	/** Git's tags at this commit. */
	tags: string[];
	/** What Git says has changed since this commit, a file a line. */
	changes: string[];
	/** The files of the repository that people read, by path. */
	files: Record<string, string>;
	/** Whether `npm run lint` passes. */
	linted: boolean;
	/** Whether `npm run packages -- --check` passes. */
	packagesMatch: boolean;
	/** What `npm pack` would make; undefined when it fails. */
	packed?: { size: number; files: string[] };
	/** The day of the release, as 2026-09-30. */
	today: string;
}

/** What is missing, in words; nothing when the release can be made. */
export function missingIn(release: Release): string[] {
	return [
		...versions(release),
		...changelog(release),
		...readmes(release),
		...placeholders(release),
		...(release.changes.length > 0 ? [`Commit what has changed: ${release.changes.join(', ')}`] : []),
		...(release.linted ? [] : ['npm run lint fails']),
		...(release.packagesMatch ? [] : ['The packages of single services are of before: npm run packages']),
		...pack(release),
	];
}

function versions({ version, lockVersion, tags }: Release): string[] {
	if (!VERSION.test(version)) return [`The version ${version} in package.json is none, such as 1.2.3`];
	const wanted = `v${version}`;
	const others = tags.filter((tag) => tag.startsWith('v') && tag !== wanted);
	return [
		...(lockVersion === version ? [] : [`package-lock.json has version ${lockVersion}, package.json ${version}`]),
		...(tags.includes(wanted) ? [] : [`The tag ${wanted} is missing at this commit`]),
		...others.map((tag) => `The tag ${tag} is not the version ${version} in package.json`),
	];
}

function changelog({ version, changelog, today }: Release): string[] {
	const headings = changelog.split('\n').filter((line) => line.startsWith('## '));
	const entries = headings.map((line) => HEADING.exec(line));
	const [first] = entries;
	const problems = headings
		.filter((_, index) => entries[index] === null)
		.map((line) => `CHANGELOG.md: "${line}" is not like "## 1.2.3 (2026-09-30)"`);
	const names = entries.map((entry) => entry?.[1]);
	const twice = names.filter((name, index) => name !== undefined && names.indexOf(name) !== index);
	problems.push(...twice.map((name) => `CHANGELOG.md has ${name} twice`));
	if (first?.[1] !== version) return [...problems, `CHANGELOG.md does not begin with ${version}`];
	if (!isDay(first[2] ?? '')) return [...problems, `CHANGELOG.md: ${version} has no date, but (${first[2]})`];
	if ((first[2] ?? '') > today) problems.push(`CHANGELOG.md: the date of ${version}, ${first[2]}, is still to come`);
	return problems;
}

function readmes({ readmes, n8nVersions }: Release): string[] {
	return Object.entries(readmes).flatMap(([path, text]) =>
		n8nVersions
			.filter((version) => !text.includes(version))
			.map((version) => `${path} does not name n8n ${version}, with which it is tested`),
	);
}

function placeholders({ files }: Release): string[] {
	return Object.entries(files).flatMap(([path, text]) =>
		text.split('\n').flatMap((line, index) => {
			const [found] = PLACEHOLDER.exec(line) ?? [];
			return found === undefined ? [] : [`${path}:${index + 1} has a placeholder: ${found}`];
		}),
	);
}

function pack({ packed }: Release): string[] {
	if (packed === undefined) return ['npm pack fails'];
	const built = packed.files.some((path) => path.startsWith('dist/'));
	return [
		...(built ? [] : ['The package has no dist: npm run build']),
		...(packed.size <= MAX_PACKED ? [] : [`The package has ${packed.size} bytes, more than ${MAX_PACKED}`]),
	];
}

/** Whether a text is a day that exists, as 2026-09-30. */
function isDay(text: string): boolean {
	const day = new Date(`${text}T00:00:00Z`);
	return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
