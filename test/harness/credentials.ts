/** n8n's credentials service with a `Map` in place of the database. */
import type {
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialsExpressionResolveValues,
	ICredentialsHelper,
	ICredentialType,
	IExecuteData,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INode,
	INodeCredentialsDetails,
	INodeParameters,
	INodeProperties,
	INodeType,
	IRequestOptionsSimplified,
	IWorkflowDataProxyAdditionalKeys,
	IWorkflowExecuteAdditionalData,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { core, workflow as lib } from './runtime.ts';

export type DecryptedCredentials = Record<string, ICredentialDataDecryptedObject>;

export class CredentialsHelper implements ICredentialsHelper {
	/** As stored: what a user saved, before defaults and expressions. */
	readonly stored: Map<string, ICredentialDataDecryptedObject>;

	constructor(
		private readonly types: ReadonlyMap<string, ICredentialType>,
		data: DecryptedCredentials = {},
	) {
		this.stored = new Map(Object.entries(data));
	}

	getType(name: string): ICredentialType {
		const type = this.types.get(name);
		if (!type) throw new Error(`No credential type "${name}"`);
		return type;
	}

	getParentTypes(name: string): string[] {
		const parents = this.types.get(name)?.extends ?? [];
		return parents.flatMap((parent) => [parent, ...this.getParentTypes(parent)]);
	}

	isCredentialUsableByNode(name: string, nodeType: string): boolean {
		const type = this.types.get(name);
		return !type?.restrictToSupportedNodes || (type.supportedNodes ?? []).includes(nodeType);
	}

	getCredentialsProperties(name: string): INodeProperties[] {
		const { extends: parents = [], properties } = this.getType(name);
		const merged: INodeProperties[] = [];
		for (const parent of parents) {
			lib.NodeHelpers.mergeNodeProperties(merged, this.getCredentialsProperties(parent));
		}
		lib.NodeHelpers.mergeNodeProperties(merged, properties);
		return merged;
	}

	async getDecrypted(
		additionalData: IWorkflowExecuteAdditionalData,
		_details: INodeCredentialsDetails,
		name: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		raw?: boolean,
		at?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const data = this.stored.get(name);
		if (!data) throw new Error(`The test gave no credentials of type "${name}"`);
		if (raw) return { ...data };

		const full = this.withDefaults(name, data);
		const keys = core.getAdditionalKeys(additionalData, mode, null, { isCredential: true });
		if (!at) {
			return plainWorkflow().expression.getComplexParameterValue(
				MOCK_NODE,
				full,
				mode,
				keys,
				undefined,
				undefined,
				full,
			) as ICredentialDataDecryptedObject;
		}
		return at.workflow.expression.getParameterValue(
			full,
			at.runExecutionData ?? null,
			at.runIndex,
			at.itemIndex,
			at.node.name,
			at.connectionInputData,
			mode,
			keys,
			executeData,
			false,
			full,
		) as ICredentialDataDecryptedObject;
	}

	/** n8n saves only what the user changed: what is missing has its property's default. */
	private withDefaults(name: string, data: ICredentialDataDecryptedObject): INodeParameters {
		const properties = this.getCredentialsProperties(name);
		const values = data as INodeParameters;
		return lib.NodeHelpers.getNodeParameters(properties, values, true, false, null, null) ?? {};
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		name: string,
		requestOptions: IHttpRequestOptions | IRequestOptionsSimplified,
		workflow?: Workflow,
		node?: INode,
	): Promise<IHttpRequestOptions> {
		const options = requestOptions as IHttpRequestOptions;
		const type = this.getType(name);
		// Called as a method: `this` is the credential type.
		if (typeof type.authenticate === 'function') return await type.authenticate(credentials, options);
		if (type.authenticate === undefined) return options;
		if (!workflow || !node) throw new Error('A generic `authenticate` needs a workflow and a node');

		const resolve = (text: string) => resolveExpression(text, credentials, workflow, node);
		const target = options as unknown as Record<string, Record<string, string> | undefined>;
		target.headers ??= {};
		for (const [part, values] of Object.entries(type.authenticate.properties)) {
			const section = (target[part] ||= {});
			for (const [key, value] of Object.entries(values as Record<string, string>)) {
				section[resolve(key)] = resolve(value);
			}
		}
		return options;
	}

	async preAuthentication(
		helpers: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
		name: string,
		node: INode,
		expired: boolean,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		const type = this.getType(name);
		const field = type.properties.find(
			({ type: kind, typeOptions }) => kind === 'hidden' && typeOptions?.expirable === true,
		)?.name;
		if (field === undefined || !type.preAuthentication) return undefined;

		const testing = node.type === TEST_NODE_TYPE && node.parameters.temp === '';
		if (credentials[field] !== '' && !expired && !testing) return undefined;

		const fresh = await this.runPreAuthentication(helpers, credentials, name);
		if (fresh?.[field] === undefined || !node.credentials) return undefined;
		await this.updateCredentials({ id: name, name }, name, { ...this.stored.get(name), ...fresh });
		return Object.assign(credentials, fresh);
	}

	async runPreAuthentication(
		helpers: IHttpRequestHelper,
		credentials: ICredentialDataDecryptedObject,
		name: string,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		const output: unknown = await this.getType(name).preAuthentication?.call(helpers, credentials);
		return output as ICredentialDataDecryptedObject | undefined;
	}

	async updateCredentials(
		_details: INodeCredentialsDetails,
		name: string,
		data: ICredentialDataDecryptedObject,
	): Promise<void> {
		this.stored.set(name, data);
	}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('The harness keeps no encrypted credentials');
	}

	async updateCredentialsOauthTokenData(): Promise<void> {
		throw new Error('The harness knows no OAuth');
	}
}

/** The node under which n8n tests a credential that brings its own test. */
export const TEST_NODE_TYPE = 'n8n-nodes-base.noOp';

const MOCK_NODE: INode = {
	id: 'mock',
	name: '',
	type: 'mock',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

function plainWorkflow(): Workflow {
	const mock = { description: { properties: [] } } as unknown as INodeType;
	const nodeTypes = {
		getByName: () => mock,
		getByNameAndVersion: () => mock,
		getKnownTypes: () => ({}),
	};
	return new lib.Workflow({ nodes: [MOCK_NODE], connections: {}, active: false, nodeTypes });
}

function resolveExpression(
	text: string,
	credentials: ICredentialDataDecryptedObject,
	workflow: Workflow,
	node: INode,
): string {
	if (!lib.isExpression(text)) return text;
	const keys = { $credentials: credentials } as unknown as IWorkflowDataProxyAdditionalKeys;
	const { expression } = workflow;
	const value = expression.getSimpleParameterValue(node, text, 'internal', keys, undefined, '');
	return value ? String(value) : '';
}
