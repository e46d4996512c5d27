import { parseJson } from '../http/json';
import { Refusal } from './errors';

/** A request body as JSON, without losing digits; throws the refusal of one that is none. */
export function parseBody(body: Buffer): unknown {
	try {
		return parseJson(String(body));
	} catch {
		throw new Refusal(1200, 'The request body is not valid JSON');
	}
}
