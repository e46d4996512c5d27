import { parseArgs } from 'node:util';

import { startProvider } from './index';

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: '0' },
		host: { type: 'string', default: '127.0.0.1' },
		settings: { type: 'string', default: '{}' },
	},
});

const provider = await startProvider({
	...JSON.parse(values.settings),
	port: Number(values.port),
	host: values.host,
});
process.stdout.write(`${provider.url}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void provider.stop());
}
