/** What is checked when a trigger begins to listen, while somebody is there to read it. */
import type { ICredentialDataDecryptedObject, INode } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { checkActivation } from '../../../../../nodes/tasks/triggers/callback/activate';
import { endpoint } from '../support';

const node: INode = { id: 'n', name: 'Trigger', type: 't', typeVersion: 1, position: [0, 0], parameters: {} };
const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

/** The warnings of a trigger with this secret and these options that begins to listen. */
async function activate(webhookSecret: unknown, options = {}): Promise<string[]> {
	const log: string[] = [];
	const activation = {
		node,
		parameter: (name: string, fallback?: unknown) => (name === 'options' ? options : fallback),
		credential: async (type: string): Promise<ICredentialDataDecryptedObject> =>
			type === 'testApi' ? { webhookSecret: webhookSecret as string } : {},
		warn: (text: string) => void log.push(text),
	};
	await checkActivation(activation, { endpoints: [endpoint], secretField: 'webhookSecret' });
	return log;
}

describe('a webhook secret', () => {
	it.each([undefined, '', '   ', '\n', base64(16), base64(24), `whsec_${base64(32)}`, ` whsec_${base64(64)} `])(
		'%j may be there',
		async (secret) => {
			expect(await activate(secret)).toEqual([]);
		},
	);

	it.each([
		['eA==', 'it has fewer than 16 bytes'],
		[`whsec_${base64(1)}`, 'it has fewer than 16 bytes'],
		[base64(15), 'it has fewer than 16 bytes'],
		['this is no secret!', 'it is not base64'],
		['whsec_', 'it is not base64'],
	])('%j is refused before the workflow is published: %s', async (secret, reason) => {
		await expect(activate(secret)).rejects.toMatchObject({
			name: 'NodeOperationError',
			message: expect.stringMatching(`^The Webhook Secret cannot be used: ${reason}`),
			description: expect.stringContaining('leave the field empty'),
		});
	});
});

describe('a trigger that neither reads nor checks signatures', () => {
	it('says so in one line of the log', async () => {
		for (const secret of ['', '  ', undefined])
			expect(await activate(secret, { verifyByReading: false })).toEqual([
				expect.stringMatching(/^Trigger: Verify by Reading is off and the credential has no Webhook Secret/),
			]);
	});

	it.each([
		['a secret', base64(24), { verifyByReading: false }],
		['reading', '', { verifyByReading: true }],
		['nothing set', '', {}],
	])('is not one with %s', async (_, secret, options) => {
		expect(await activate(secret, options)).toEqual([]);
	});
});
