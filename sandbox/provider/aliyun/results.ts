import type { ResultFile } from '../core/registry';
import type { World } from '../core/world';
import { encode, type ResultFormat } from '../pixels/encode';
import { portrait, template } from './pictures';
import { styleOf } from './styles';
import { pictureCount, type Task } from './task';

const portraitName = /^(?<number>\d+)\.(?<format>png|jpeg|webp)$/;

/** Makes the files of portraits and of the styles' previews. */
export class Results {
	constructor(private readonly world: World) {}

	/** A portrait by its file name; undefined if the task has none of that name. */
	async file(task: Task, fileName: string): Promise<ResultFile | undefined> {
		const parts = portraitName.exec(fileName)?.groups;
		const number = Number(parts?.number);
		if (!parts || !task.style || number >= pictureCount(task)) return undefined;
		const { style, photos } = task;
		const format = parts.format as ResultFormat;
		const { resultBytes } = this.world.settings;
		const content = await this.world.gallery.get(`${task.id}/${fileName}/${resultBytes}`, async () => {
			const photo = await this.world.images.read(photos[number % photos.length]!);
			return await encode(await portrait(photo, style, number), format, resultBytes);
		});
		return { content, type: `image/${format}` };
	}

	/** A style's preview by its file name. */
	async template(fileName: string): Promise<ResultFile | undefined> {
		const style = fileName.endsWith('.png') ? styleOf(fileName.slice(0, -4)) : undefined;
		return style && { content: await this.world.gallery.get(fileName, () => template(style)), type: 'image/png' };
	}
}
