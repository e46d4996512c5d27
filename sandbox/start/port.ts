/** The port of the sandbox's n8n: n8n's usual one, or what N8N_PORT says. */
export function choosePort(value: string | undefined): number {
	if (value === undefined || value.trim() === '') return 5678;
	const port = Number(value);
	if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
	throw new Error(`N8N_PORT is "${value}", which is no port; give a number from 1 to 65535, or 0 for any free one.`);
}
