import type { Authorization } from '../../core/journal';
import type { World } from '../../core/world';
import type { AliyunAccount } from '../account';
import type { AliyunAuth } from '../settings';
import { Nonces } from './nonces';
import { GatewayRefusal } from './refusals';
import { checkSignature } from './signature';
import { headerOf, type Arrived } from './string-to-sign';

const stages = ['RELEASE', 'PRE', 'TEST'];
const kinds: Record<AliyunAuth, Authorization> = {
	appCode: 'appCode',
	appKeySecret: 'signature',
	header: 'header',
	none: 'none',
};

/** The API gateway's entrance: finds out whose request it is (docs/services/aliyun-portrait.md, Authentication). */
export class Gate {
	readonly nonces = new Nonces();

	constructor(private readonly world: World) {}

	/** How a request tries to sign in; says nothing about whether it may. */
	authorizationOf(request: Arrived): Authorization {
		return kinds[this.wayOf(request)];
	}

	/** The account a request belongs to; throws the gateway's refusal. A signed request uses its nonce up. */
	admit(request: Arrived): AliyunAccount {
		const { aliyunAuth, aliyunAccounts } = this.world.settings;
		const stage = headerOf(request.headers, 'x-ca-stage');
		if (stage !== '' && !stages.includes(stage)) throw new GatewayRefusal('I400SG', `Invalid Stage: ${stage}`);
		const way = this.wayOf(request);
		if (!aliyunAuth.includes(way)) throw new GatewayRefusal(way === 'none' ? 'A400MA' : 'I403AA');
		if (way === 'appCode') return this.byAppCode(headerOf(request.headers, 'authorization'));
		if (way === 'appKeySecret') return this.bySignature(request);
		return way === 'header' ? this.byHeader(request) : aliyunAccounts[0]!;
	}

	private wayOf({ headers }: Arrived): AliyunAuth {
		if (/^APPCODE/i.test(headerOf(headers, 'authorization'))) return 'appCode';
		if (headerOf(headers, 'x-ca-key') || headerOf(headers, 'x-ca-signature')) return 'appKeySecret';
		const own = this.world.settings.aliyunAccounts.some(
			({ headerName }) => headers[headerName.toLowerCase()] !== undefined,
		);
		return own ? 'header' : 'none';
	}

	private byAppCode(header: string): AliyunAccount {
		const code = /^APPCODE (\S+)$/.exec(header)?.[1];
		const account = this.world.settings.aliyunAccounts.find(({ appCode }) => appCode === code);
		if (!account) throw new GatewayRefusal('A400AC', 'Invalid AppCode `not exists`');
		return account;
	}

	private bySignature(request: Arrived): AliyunAccount {
		const key = headerOf(request.headers, 'x-ca-key');
		const account = this.world.settings.aliyunAccounts.find(({ appKey }) => appKey === key);
		if (!account) throw new GatewayRefusal('A400IK');
		const now = this.world.clock.now();
		checkSignature(request, account.appSecret, now);
		const api = `${request.method} ${request.url.split('?')[0]}`;
		if (!this.nonces.use(key, api, headerOf(request.headers, 'x-ca-nonce'), now)) {
			throw new GatewayRefusal(undefined, 'Nonce Used');
		}
		return account;
	}

	private byHeader({ headers }: Arrived): AliyunAccount {
		const account = this.world.settings.aliyunAccounts.find(
			({ headerName, headerSecret }) => headers[headerName.toLowerCase()] === headerSecret,
		);
		if (!account) throw new GatewayRefusal('I403AA');
		return account;
	}
}
