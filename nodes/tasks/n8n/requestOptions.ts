import type { IHttpRequestOptions, INodeProperties } from 'n8n-workflow';

import type { RunSettings } from '../item/runItems';
import { unsentError } from '../util/credentialFields';
import { asRecord } from '../util/parse';
import { holding, naming } from '../util/text';
import { exactNumber, numberWithin } from '../util/values';

/** n8n's own Options of a node, as requests take them. */
export type RequestSettings = Pick<IHttpRequestOptions, 'proxy' | 'skipSslCertificateValidation'>;

/**
 * Reads proxy and TLS setting. Throws an unsentError for a proxy that is not the address of an HTTP proxy, and for a
 * Timeout that is no number.
 */
export function requestSettings(options: Record<string, unknown>): RequestSettings {
	const { proxy, allowUnauthorizedCerts, timeout = 0 } = options;
	if (numberWithin(timeout, { low: 0 }) === undefined) {
		throw unsentError(
			naming(timeout, (shown) => `Timeout is ${shown}, but it must be a number from 0`),
			'Change it in the Options.',
		);
	}
	return {
		...(proxy ? { proxy: proxyIn(String(proxy)) } : {}),
		...(allowUnauthorizedCerts ? { skipSslCertificateValidation: true } : {}),
	};
}

function proxyIn(text: string): IHttpRequestOptions['proxy'] {
	if (!URL.canParse(text) || new URL(text).hostname === '') {
		throw unsentError(
			'Proxy is not a valid address',
			'Enter it as http://host:port, with user:password@ before the host if it needs them.',
		);
	}
	const { hostname, port, protocol, username, password } = new URL(text);
	// n8n logs such an address with its password, and goes without the proxy.
	if (protocol !== 'http:' && protocol !== 'https:') {
		throw unsentError(
			holding(`${protocol}//`, (kind) => `Proxy is of the kind ${kind}, which n8n cannot use`),
			'Enter an HTTP proxy, as http://host:port.',
		);
	}
	return {
		host: hostname,
		port: Number(port || (protocol === 'https:' ? 443 : 80)),
		protocol: protocol.replace(':', ''),
		...(username && { auth: { username: decoded(username), password: decoded(password) } }),
	};
}

/** A part of an address; as it is where it is not percent-encoded, as in a password with a percent sign. */
function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

/** The user's Timeout in ms; undefined when it is not set. */
export function requestTimeoutMs({ timeout }: Record<string, unknown>): number | undefined {
	return exactNumber(timeout) || undefined;
}

/** The user's Batching; without it all items start at once. */
export function batching(options: Record<string, unknown>): RunSettings['batch'] {
	const { batchSize, batchInterval } = asRecord(asRecord(options.batching).batch);
	return {
		size: Math.max(1, exactNumber(batchSize) ?? 1),
		pauseMs: Math.max(0, exactNumber(batchInterval) ?? 0),
	};
}

/**
 * n8n's own Options of a declarative node. n8n does not give them to one that has a webhook, so it declares them itself, as
 * n8n does.
 */
export const requestOptions: INodeProperties = {
	displayName: 'Request Options',
	name: 'requestOptions',
	type: 'collection',
	isNodeSetting: true,
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Batching',
			name: 'batching',
			placeholder: 'Add Batching',
			type: 'fixedCollection',
			typeOptions: { multipleValues: false },
			default: { batch: {} },
			options: [
				{
					displayName: 'Batching',
					name: 'batch',
					values: [
						{
							displayName: 'Items per Batch',
							name: 'batchSize',
							type: 'number',
							typeOptions: { minValue: -1 },
							default: 50,
							description: 'How many items to start before a pause. Anything below 1 counts as 1.',
						},
						{
							displayName: 'Batch Interval (Ms)',
							name: 'batchInterval',
							type: 'number',
							typeOptions: { minValue: 0 },
							default: 1000,
							description: 'Pause between two batches in milliseconds; 0 for none',
						},
					],
				},
			],
		},
		{
			displayName: 'Ignore SSL Issues (Insecure)',
			name: 'allowUnauthorizedCerts',
			type: 'boolean',
			noDataExpression: true,
			default: false,
			description: 'Whether to connect even if SSL certificate validation is not possible',
		},
		{
			displayName: 'Proxy',
			name: 'proxy',
			type: 'string',
			default: '',
			placeholder: 'e.g. http://myproxy:3128',
			description: 'HTTP proxy to use, as http://username:password@host:port',
		},
		{
			displayName: 'Timeout',
			name: 'timeout',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10000,
			description: 'How long to wait for the answer to one request, in milliseconds',
		},
	],
};
