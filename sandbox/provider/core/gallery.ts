import pLimit from 'p-limit';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache({ memory: 32, files: 0, items: 20 });

const capacity = 96 * 1024 * 1024;

/** Makes pictures when they are first asked for, two at a time, and keeps the latest 96 MiB of them. */
export class Gallery {
	private readonly turn = pLimit(2);
	private readonly making = new Map<string, Promise<Buffer>>();
	private readonly made = new Map<string, Buffer>();
	private size = 0;

	/** The picture of that name; `make` must always give the same for the same name. */
	async get(name: string, make: () => Promise<Buffer>): Promise<Buffer> {
		const ready = this.made.get(name);
		if (ready) {
			this.made.delete(name);
			this.made.set(name, ready);
			return ready;
		}
		let promise = this.making.get(name);
		if (!promise) {
			promise = this.turn(make).finally(() => this.making.delete(name));
			this.making.set(name, promise);
			promise.then(
				(file) => this.keep(name, file),
				() => {},
			);
		}
		return await promise;
	}

	clear(): void {
		this.made.clear();
		this.size = 0;
	}

	private keep(name: string, file: Buffer): void {
		this.made.set(name, file);
		this.size += file.length;
		for (const [oldest, { length }] of this.made) {
			if (this.size <= capacity) break;
			this.made.delete(oldest);
			this.size -= length;
		}
	}
}
