import type { IDataObject } from 'n8n-workflow';

import { asRecord } from './parse';

/** The value of a field of a request body; dots lead into objects. */
export function valueAt(body: IDataObject, path: string): unknown {
	return path.split('.').reduce<unknown>((part, key) => asRecord(part)[key], body);
}

/** Sets a field of a body, or removes it with `undefined`. Objects within the body are copied and stay as they are. */
export function setAt(body: IDataObject, path: string, value: unknown): void {
	const [first = '', ...rest] = path.split('.');
	if (rest.length > 0) {
		if (value === undefined && body[first] === undefined) return;
		const inner = { ...asRecord(body[first]) } as IDataObject;
		setAt(inner, rest.join('.'), value);
		body[first] = inner;
	} else if (value === undefined) delete body[first];
	else body[first] = value as IDataObject[string];
}
