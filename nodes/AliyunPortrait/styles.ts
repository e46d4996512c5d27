import { NodeApiError, type IDataObject, type ILoadOptionsFunctions, type INodeListSearchResult } from 'n8n-workflow';

import { aliyunBaseUrl } from '../../credentials/aliyun';
import { asRecord, asText } from '../tasks/json';
import type { Refusal, Reply } from '../tasks/provider';
import { withoutUndefined } from '../tasks/task';
import { aliyunPortrait } from './provider';

/** Path of the style query (aliyun-portrait.md, step 4). It takes no parameters and has no pages. */
export const STYLES_PATH = '/cloud/aigc_product_brief_query';

/** A style as contract.md has it. */
export interface Style extends IDataObject {
	styleId: string;
	name?: string;
	sex?: string;
	/** Address of the preview picture. */
	templateUrl?: string;
}

/** The styles in an answer's payload, of which what has no ID is none; undefined when the payload is no list. */
export function readStyles(data: unknown): Style[] | undefined {
	if (!Array.isArray(data)) return undefined;
	return data.flatMap((element) => {
		const { style, name, sex, template } = asRecord(element);
		const styleId = asText(style);
		if (styleId === undefined) return [];
		return [withoutUndefined<Style>({ styleId, name: asText(name), sex: asText(sex), templateUrl: asText(template) })];
	});
}

/** Whether a text holds another one, in any case of letters; every text holds an empty one. */
export function holds(text: string | undefined, part: string): boolean {
	return (text ?? '').toLowerCase().includes(part.trim().toLowerCase());
}

/** The searchable list behind the field Style. n8n shows what is thrown here under the field. */
export async function searchStyles(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const credentials = await this.getCredentials('aliyunMarketApi');
	const { statusCode, headers, body } = (await this.helpers.httpRequestWithAuthentication.call(this, 'aliyunMarketApi', {
		method: 'GET',
		baseURL: aliyunBaseUrl(credentials),
		url: STYLES_PATH,
		json: true,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
	})) as { statusCode: number; headers: Reply['headers']; body: unknown };
	const verdict = aliyunPortrait.readReply({ status: statusCode, headers, body });
	const styles = verdict.ok ? readStyles(verdict.data) : undefined;
	if (!styles) throw listError(this, verdict.ok ? undefined : verdict.refusal);
	const found = styles.filter(({ name, styleId }) => holds(`${name ?? ''} ${styleId}`, filter));
	return {
		results: found.map(({ styleId, name, sex, templateUrl }) => ({
			name: [name ?? styleId, sex && `(${sex})`].filter(Boolean).join(' '),
			value: styleId,
			url: templateUrl,
		})),
	};
}

/** Why there is no list. Refusals of the gateway have no body, so that n8n could only tell their status. */
function listError(context: ILoadOptionsFunctions, refusal?: Refusal): NodeApiError {
	const { cause = 'the answer holds no list of styles', reason = '', hint = 'Check the base URL of the credential.' } = refusal ?? {};
	const message = ['The styles could not be read', cause, reason].filter(Boolean).join(': ');
	return new NodeApiError(context.getNode(), {}, { message, description: hint });
}
