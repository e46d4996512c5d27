/** The "Test" button of a credential: the declared request goes through RoutingNode, then the rules decide. */
import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	ICredentialTestRequestData,
	INode,
	INodeCredentialTestResult,
	INodeType,
	IVersionedNodeType,
	Workflow,
} from 'n8n-workflow';

import { additionalData } from './additional-data.ts';
import { CredentialsHelper, TEST_NODE_TYPE } from './credentials.ts';
import { NodeTypes, type LoadedPackage } from './package.ts';
import { core, workflow as lib } from './runtime.ts';

export async function testCredential(
	{ nodes, credentials }: LoadedPackage,
	name: string,
	data: ICredentialDataDecryptedObject,
): Promise<INodeCredentialTestResult> {
	const helper = new CredentialsHelper(credentials, { [name]: data });
	const base = additionalData({ credentialsHelper: helper });
	const decrypted: ICredentialsDecrypted = {
		id: name,
		name,
		type: name,
		data: await helper.getDecrypted(base, { id: name, name }, name, 'internal'),
	};

	const test = helper.getType(name).test ?? testOfNode(nodes.values(), name);
	if (test === undefined) return { status: 'Error', message: 'This credential has no test' };
	if (typeof test === 'function') {
		const context = new core.CredentialTestContext(base) as unknown as ICredentialTestFunctions;
		return await test.call(context, decrypted);
	}
	return await runRequest(test, decrypted, base);
}

/** A node may bring the test: a request, or the name of one of its functions. */
function testOfNode(nodes: Iterable<INodeType | IVersionedNodeType>, credential: string) {
	for (const type of nodes) {
		const node = lib.NodeHelpers.getVersionedNodeType(type);
		const by = node.description.credentials?.find(({ name }) => name === credential)?.testedBy;
		if (typeof by === 'string') return node.methods?.credentialTest?.[by];
		if (by) return by;
	}
	return undefined;
}

async function runRequest(
	{ request, rules = [] }: TestRequest,
	credential: ICredentialsDecrypted,
	base: ReturnType<typeof additionalData>,
): Promise<INodeCredentialTestResult> {
	const type = testNodeType(credential.type, request);
	const workflow = testWorkflow(type, credential);
	const node = workflow.getNode('Test') as INode;
	const input = { main: [[{ json: {} }]] };
	const context = new core.ExecuteContext(
		workflow,
		node,
		base,
		'internal',
		lib.createEmptyRunExecutionData(),
		0,
		[],
		input,
		{ node, data: {}, source: null },
		[],
	);

	let answer: unknown;
	try {
		const output = await new core.RoutingNode(context, type, credential).runNode();
		answer = output?.[0]?.[0]?.json;
	} catch (error) {
		return judgeError(error as RequestError, rules);
	}
	for (const rule of rules) {
		if (rule.type !== 'responseSuccessBody') continue;
		const { key, value, message } = rule.properties;
		if (at(answer, key) === value) return { status: 'Error', message };
	}
	return { status: 'OK', message: 'Connection successful!' };
}

type TestRequest = ICredentialTestRequestData['testRequest'];
type Rules = NonNullable<TestRequest['rules']>;

interface RequestError extends Error {
	cause?: { code?: string; response?: { status: number; statusText?: string } };
}

/** `responseCode` rules only ever see answers that n8n took for errors. */
function judgeError({ message, cause }: RequestError, rules: Rules): INodeCredentialTestResult {
	const { status, statusText } = cause?.response ?? {};
	if (status !== undefined) {
		for (const rule of rules) {
			if (rule.type === 'responseCode' && rule.properties.value === status) {
				return { status: 'Error', message: rule.properties.message };
			}
		}
		const failed = status < 199 || status > 299;
		if (failed) return { status: 'Error', message: statusText || `Received HTTP status code: ${status}` };
		return { status: 'Error', message };
	}
	return { status: 'Error', message: cause?.code ?? message };
}

function testNodeType(credential: string, request: TestRequest['request']): INodeType {
	return {
		description: {
			displayName: 'No Operation',
			name: 'noOp',
			description: '',
			group: ['organization'],
			version: 1,
			defaults: { name: 'Test' },
			inputs: ['main'],
			outputs: ['main'],
			credentials: [{ name: credential, required: true }],
			properties: [{ displayName: 'Temp', name: 'temp', type: 'string', default: '', routing: { request } }],
		},
	};
}

function testWorkflow(type: INodeType, { id, name, type: credential }: ICredentialsDecrypted): Workflow {
	return new lib.Workflow({
		nodes: [
			{
				id: 'test',
				name: 'Test',
				type: TEST_NODE_TYPE,
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
				credentials: { [credential]: { id, name } },
			},
		],
		connections: {},
		active: false,
		nodeTypes: new NodeTypes(new Map([[TEST_NODE_TYPE, type]])),
	});
}

/** `a.b.c` within a value that may be anything. */
function at(value: unknown, path: string): unknown {
	return path.split('.').reduce<unknown>((found, key) => (Object(found) as Record<string, unknown>)[key], value);
}
