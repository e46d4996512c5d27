import type { CredentialReference, Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';
import { attach, chain, step } from './chain';
import { TRIGGER } from './workflows';

type Parameters = Record<string, unknown>;

export const AGENT = 'Agent';

const langchain = (node: string, typeVersion: number, name: string, parameters: Parameters): WorkflowNode =>
	step(`@n8n/n8n-nodes-langchain.${node}`, typeVersion, name, parameters);

/** An AI Agent with this model and this one tool, told this text; started by hand unless there is another start. */
export function agentWorkflow(
	tool: WorkflowNode,
	openAi: CredentialReference,
	text = 'Widen my photo, please.',
	start = step('manualTrigger', 1, TRIGGER),
): Workflow {
	const agent = langchain('agent', 3, AGENT, { promptType: 'define', text, options: {} });
	const parameters = { model: { __rl: true, mode: 'id', value: 'scripted' }, options: {} };
	const model: WorkflowNode = {
		...langchain('lmChatOpenAi', 1.2, 'Model', parameters),
		credentials: { openAiApi: { id: openAi.id, name: openAi.name } },
	};
	return attach(attach(chain('Agent', [start, agent]), 'ai_languageModel', model, AGENT), 'ai_tool', tool, AGENT);
}

/** The tool that calls a workflow, with this photo and a prompt that the model chooses. */
export function workflowTool(workflowId: string, photo: string): WorkflowNode {
	const field = (name: string) => ({ id: name, displayName: name, type: 'string', display: true, required: false });
	return langchain('toolWorkflow', 2.2, 'Widen', {
		description: 'Makes a photo wider',
		workflowId: { __rl: true, mode: 'id', value: workflowId },
		workflowInputs: {
			mappingMode: 'defineBelow',
			value: { photo, prompt: "={{ $fromAI('prompt') }}" },
			schema: [field('photo'), field('prompt')],
			matchingColumns: [],
		},
	});
}
