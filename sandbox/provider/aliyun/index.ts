import type { Answer } from '../core/answer';
import type { FaultRule } from '../core/faults';
import type { ErrorWords, ServiceDefinition } from '../core/service';
import type { AliyunAccount } from './account';
import { AliyunApi } from './api';
import { endpointsOf } from './endpoints';
import { refusal, refusalBody } from './envelope';
import { Refusal, rets } from './errors';
import { Gate } from './gateway/gate';
import { GatewayRefusal, refused } from './gateway/refusals';
import { aliyunSettings, type AliyunSettings } from './settings';

declare module '../core/extensions' {
	interface ServiceNames {
		aliyunPortrait: true;
	}
	interface ServiceSettings extends AliyunSettings {}
	interface ServiceFaultKinds {
		/** The API gateway refuses, by `code`, a text, or, as the classic gateway does, by `message` alone. */
		gateway: true;
	}
	interface SignIns {
		appCode: true;
		signature: true;
		header: true;
	}
}

/** AI Portrait behind Aliyun's API gateway. */
export const aliyunPortrait: ServiceDefinition<AliyunAccount> = {
	name: 'aliyunPortrait',
	settings: aliyunSettings,
	partialTasks: true,
	faultKinds: { gateway: { check: (rule) => void gatewayRefusal(rule) } },
	start(world) {
		const api = new AliyunApi(world);
		const gate = new Gate(world);
		const { settings } = world;
		const failure = (status: number) => refused(new GatewayRefusal(failureCode(status)), settings.aliyunGatewayCodes);
		return {
			prefix: '/aliyun',
			roots: ['/cloud/'],
			endpoints: endpointsOf(api),
			assets: { '/templates/': async (name) => await api.template(name) },
			authorizationOf: (request) => gate.authorizationOf(request),
			admit: (request) => decided(() => gate.admit(request)),
			words: () => wordsFor(settings.aliyunMessageKey),
			refusal(error): Answer | undefined {
				if (error instanceof GatewayRefusal) return refused(error, settings.aliyunGatewayCodes);
				return error instanceof Refusal ? refusal(error.ret, error.message, settings.aliyunMessageKey) : undefined;
			},
			internalError: () => refusal(rets.internal, 'Internal error', settings.aliyunMessageKey),
			// The gateway knows an API by method and path together.
			unknownPath: () => failure(404),
			failure,
			clear() {
				gate.nonces.clear();
				api.clear();
			},
		};
	},
};

/**
 * Decides now and tells later: a request that a fault spoils after its arrival has used its nonce up, as at the
 * gateway.
 */
function decided<T>(decide: () => T): () => T {
	try {
		const value = decide();
		return () => value;
	} catch (error) {
		return () => {
			throw error;
		};
	}
}

function failureCode(status: number): string {
	const codes: Record<number, string> = { 404: 'I404NF', 413: 'I413RL', 414: 'I413UL' };
	return codes[status] ?? (status < 500 ? 'I400BD' : 'X500ER');
}

function wordsFor(messageKey: string): ErrorWords {
	return {
		statusOf: () => 200,
		messageOf: () => 'Something went wrong',
		codeOf: (status) => status,
		tooMany: rets.tooMany,
		body: (ret, message) => refusalBody(ret, message, messageKey),
		ownFault: (rule) => refused(gatewayRefusal(rule)),
	};
}

/** The refusal that a rule of kind `gateway` asks for. */
function gatewayRefusal({ code, message }: FaultRule): GatewayRefusal {
	return new GatewayRefusal(code as string | undefined, message);
}
