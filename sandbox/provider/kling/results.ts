import type { ResultFile } from '../core/registry';
import type { World } from '../core/world';
import { encode, type ResultFormat } from '../pixels/encode';
import type { Task } from './task';

const fileNames = /^(?<name>[\w-]+)\.(?<format>png|jpeg|webp)$/;

/** Makes the result files of tasks. */
export class Results {
	constructor(private readonly world: World) {}

	/** The file of that name; undefined if the task has none of that name. */
	async file(task: Task, fileName: string): Promise<ResultFile | undefined> {
		const { name, format } = fileNames.exec(fileName)?.groups ?? {};
		if (name === undefined || task.outcome?.status !== 'succeed') return undefined;
		const draw = task.kind.drawing(task.order, name);
		if (!draw) return undefined;
		const { resultBytes } = this.world.settings;
		const content = await this.world.gallery.get(`${task.id}/${fileName}/${resultBytes}`, async () => {
			const picture = await draw(async (field) => await this.read(task, field));
			return await encode(picture, format as ResultFormat, resultBytes);
		});
		return { content, type: `image/${format}` };
	}

	private async read({ inputs }: Task, field: string): Promise<Buffer> {
		const input = inputs.get(field);
		if (!input || 'url' in input) throw new Error(`Not fetched: ${field}`);
		return await this.world.images.read(input.stored);
	}
}
