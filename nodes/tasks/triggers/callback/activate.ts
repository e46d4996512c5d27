import { inputError } from '../../model/errors';
import { activationFunction, type Activation, type ActivationFunction } from '../../n8n/webhookCall';
import { asRecord } from '../../util/parse';
import { secretIn, unusableSecret, type CallbackSource } from './request';

/** What the check before a trigger listens must know of the service. */
type CheckedSource = Pick<CallbackSource, 'endpoints' | 'secretField'>;

/** create() in the webhookMethods of a trigger that takes callbacks. n8n calls it whenever the trigger begins to listen. */
export function activatingCallbacks(source: CheckedSource): ActivationFunction {
	return activationFunction(async (activation) => await checkActivation(activation, source));
}

/**
 * Throws an inputError for a webhook secret that cannot be used, while somebody is there to read it; none is needed. Warns
 * when nothing proves that a callback is true.
 */
export async function checkActivation(
	activation: Activation,
	{ endpoints, secretField }: CheckedSource,
): Promise<void> {
	const { node, parameter, warn } = activation;
	const [credential = ''] = endpoints.map(({ service }) => service.connection.credential);
	const secret = secretIn((await activation.credential(credential))[secretField]);
	const problem = unusableSecret(secret);
	const hint = 'Copy the Webhook Secret from the console of the service again, or leave the field empty.';
	if (problem) throw inputError(node, 0, problem, hint);
	const { verifyByReading } = asRecord(parameter('options', {}));
	if (verifyByReading !== false || secret !== '') return;
	warn(
		`${node.name}: Verify by Reading is off and the credential has no Webhook Secret, so anybody who finds the address can start this workflow with an invented task.`,
	);
}
