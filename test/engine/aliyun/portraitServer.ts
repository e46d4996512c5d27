/** The two requests that the Aliyun trigger sends, with answers that a test sets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** What the service holds and what it was asked; every test begins with a new one. */
export class Service {
	styles = ['a', 'b'];
	/** States of tasks by ID (docs/services/aliyun-portrait.md, Task states); others are unknown. */
	tasks = new Map<string, number>();
	/** IDs of the tasks asked for, and `styles`. */
	asked: string[] = [];
	/** HTTP status of a refusal. */
	fault: (id: string) => number | undefined = () => undefined;
}

export async function startPortraitServer() {
	let service = new Service();
	const server = createServer((request, response) => {
		let text = '';
		request.on('data', (part) => (text += String(part)));
		request.on('end', () => {
			const { styles, tasks, asked, fault } = service;
			const id = request.method === 'POST' ? (JSON.parse(text) as { task_id: string }).task_id : 'styles';
			asked.push(id);
			const status = fault(id);
			if (status) return void response.writeHead(status, { 'X-Ca-Error-Code': 'A403IS' }).end();
			const state = tasks.get(id);
			const listed = styles.map((style) => ({
				style,
				name: `Name ${style}`,
				sex: '女',
				template: 'https://example.com/t.png',
			}));
			const task = {
				id,
				tsk_type: 2,
				user_id: 'U1',
				state,
				result_paths: state === 3 ? ['https://example.com/1.png'] : [],
			};
			if (id !== 'styles' && state === undefined)
				return void response.end(JSON.stringify({ ret: 1002, msg: 'task not found', body: null }));
			response.end(JSON.stringify({ ret: 0, body: id === 'styles' ? listed : task }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	afterAll(() => void server.close());
	const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { baseUrl, newService: () => (service = new Service()) };
}
