import { compose } from '../pixels/composition';
import { encode } from '../pixels/encode';
import { expand } from '../pixels/expansion';
import { layoutOf } from '../pixels/layout';
import type { Raw } from '../pixels/raw';
import { view, viewCount } from '../pixels/views';
import { withWatermark } from '../pixels/watermark';
import type { ResultFile } from '../registry';
import type { ResultFormat } from '../settings';
import type { World } from '../world';
import type { Input } from './inputs';
import { storedOf, type Task } from './task';

const name = /^(?:(?<index>\d)(?<mark>-watermark)?|view-(?<view>\d))\.(?<format>png|jpeg|webp)$/;

/** Makes the result files of tasks. */
export class Results {
	constructor(private readonly world: World) {}

	/** The file of that name; undefined if the task has none of that name. */
	async file(task: Task, fileName: string): Promise<ResultFile | undefined> {
		const parts = name.exec(fileName)?.groups;
		if (!parts || task.outcome?.status !== 'succeed') return undefined;
		const multiShot = task.order.resource === 'ai-multi-shot';
		if (multiShot !== (parts.view !== undefined)) return undefined;
		const number = multiShot ? Number(parts.view) - 1 : Number(parts.index);
		if (number < 0 || number >= (multiShot ? viewCount : task.order.n)) return undefined;
		if (parts.mark && !task.order.watermark) return undefined;
		const format = parts.format as ResultFormat;
		const { resultBytes } = this.world.settings;
		const content = await this.world.gallery.get(`${task.id}/${fileName}/${resultBytes}`, async () => {
			const plain = await this.render(task, number);
			return await encode(parts.mark ? await withWatermark(plain) : plain, format, resultBytes);
		});
		return { content, type: `image/${format}` };
	}

	private async render({ order, inputs }: Task, number: number): Promise<Raw> {
		const [first] = inputs.subjects;
		if (order.resource === 'expand') return await expand(await this.read(first!), order.ratios, number);
		if (order.resource === 'ai-multi-shot') return await view(await this.read(first!), number);
		const layout = layoutOf({
			aspect_ratio: order.aspectRatio,
			subject_image_list: inputs.subjects,
			style_image: inputs.style && 'yes',
		});
		const ingredients = {
			subjects: await Promise.all(inputs.subjects.map((input) => this.read(input))),
			scene: inputs.scene && (await this.read(inputs.scene)),
			style: inputs.style && (await this.read(inputs.style)),
		};
		return await compose(layout, ingredients, number);
	}

	private async read(input: Input): Promise<Buffer> {
		return await this.world.images.read(storedOf(input));
	}
}
