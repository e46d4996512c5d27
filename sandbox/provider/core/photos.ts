import { readdir, readFile } from 'node:fs/promises';

const folder = new URL('../../photos/', import.meta.url);

/** A sample photograph by its file name. */
export async function readPhoto(name: string): Promise<Buffer | undefined> {
	return (await photoNames()).includes(name) ? await readFile(new URL(name, folder)) : undefined;
}

/** The file names of the sample photographs. */
export async function photoNames(): Promise<string[]> {
	return (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
}
