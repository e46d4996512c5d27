/** What Kling may not take, or would see the wrong way up, is a warning of the item: its limits are its own. */
import sharp from 'sharp';
import { expect, it } from 'vitest';

import { expand, file, itemsOf, multiImage, photo, photos } from './support.ts';
import { expanding, startSuspending } from './suspendedSupport.ts';

const { run, suspend, control, provider, tell, finish, taskIds } = await startSuspending();

const turned = async (orientation: number) =>
	file(await sharp(photo()).withMetadata({ orientation }).jpeg().toBuffer(), `IMG_${orientation}.jpg`);
const side = await turned(6);
const down = await turned(3);
const warning = (field: string, where: string) =>
	expect.stringMatching(
		new RegExp(`^${field}: It is stored ${where}: .*most services ignore\\. Turn it first, .*Edit Image`),
	) as string;
const onItsSide = warning('Image, "IMG_6.jpg"', 'on its side, with its left edge up');

/** Tasks end at once in these tests, but for those that wait for a callback. */
const soon = () => control.settings({ taskMs: [20, 40] });

it('a phone photo: each item has its own warning, and the photo goes as it is', async () => {
	soon();
	const items = [{ binary: { data: side } }, ...photos({}), { binary: { data: await turned(5) } }];
	const output = itemsOf(await run(expand({ downloadImages: false }), { items }));
	expect(output.map(({ json }) => json.warnings)).toEqual([
		[onItsSide],
		undefined,
		[expect.stringMatching(/on its side and mirrored, with its left edge up: .*Save it upright first/)],
	]);
	expect(control.ledger().map(({ request }) => request.image)).toContainEqual(
		expect.objectContaining({ bytes: side.buffer.length }),
	);
});

it('names the field, and the number where there are several; a URL is not looked at', async () => {
	soon();
	const url = `${provider.url}/nothing.webp`;
	const parameters = multiImage({
		subjectImages: '={{ ["a", "b"] }}',
		sceneImage: 'c',
		downloadImages: false,
	});
	const items = [{ binary: { a: file(), b: side, c: down } }];
	const [item] = itemsOf(await run(parameters, { items }));
	expect(item?.json.warnings).toEqual([
		warning('Subject Images, image 2, "IMG_6.jpg"', 'on its side, with its left edge up'),
		warning('Scene Image, "IMG_3.jpg"', 'upside down, with its bottom edge up'),
	]);
	const [linked] = itemsOf(await run(expand({ image: url, waitForCompletion: false })));
	expect(linked?.json.warnings).toBeUndefined();
});

it('a data URI, with one item that fails under Continue On Fail', async () => {
	soon();
	const json = { uri: `data:image/jpeg;base64,${side.buffer.toString('base64')}` };
	const { items } = await run(expand({ image: '={{ $json.uri }}', downloadImages: false }), {
		items: [{ json: { uri: 'nobody' } }, { json }],
		onError: 'continueRegularOutput',
	});
	expect(items.map(({ json: { error, warnings } }) => [error !== undefined, warnings])).toEqual([
		[true, undefined],
		[false, [warning('Image', 'on its side, with its left edge up')]],
	]);
});

it('is there after Create and Wait for Callback too', async () => {
	const suspended = await suspend(expanding(), { items: [{ json: { number: 0 }, binary: { data: side } }] });
	expect(suspended.items[0]?.json.warnings).toEqual([onItsSide]);
	const [taskId = ''] = taskIds();
	await finish(taskId);
	const { run: ended } = await tell(suspended, taskId);
	expect(ended?.items[0]?.json).toMatchObject({ status: 'succeeded', warnings: [onItsSide] });
});
