export interface SandboxService {
	kind: 'sandbox';
}

export interface RealService {
	kind: 'real';
	/** For the terminal: "Kling, region singapore". Holds no key. */
	label: string;
	/** The fields of the credential `klingApi`. */
	credential: Record<string, string>;
}

const KEYS = 'set KLING_API_KEY, or both KLING_ACCESS_KEY and KLING_SECRET_KEY';

/** Which service the environment asks for: the real one when it names a key, else the simulator. */
export function chooseService(env: NodeJS.ProcessEnv): SandboxService | RealService {
	const value = (name: string) => env[name]?.trim() ?? '';
	const apiKey = value('KLING_API_KEY');
	const accessKey = value('KLING_ACCESS_KEY');
	const secretKey = value('KLING_SECRET_KEY');
	if (apiKey === '' && (accessKey === '') !== (secretKey === '')) {
		const [set, missing] =
			accessKey === '' ? ['KLING_SECRET_KEY', 'KLING_ACCESS_KEY'] : ['KLING_ACCESS_KEY', 'KLING_SECRET_KEY'];
		throw new Error(`${set} is set but ${missing} is not; set both for the real service, or neither for the sandbox.`);
	}
	if (apiKey === '' && accessKey === '') {
		const place = ['KLING_REGION', 'KLING_BASE_URL'].find((name) => value(name) !== '');
		if (place === undefined) return { kind: 'sandbox' };
		throw new Error(`${place} is set but no key is; ${KEYS} for the real service, or unset ${place} for the sandbox.`);
	}
	const { label, ...where } = choosePlace(value('KLING_REGION'), value('KLING_BASE_URL'));
	const how: Record<string, string> =
		apiKey === '' ? { authentication: 'accessKey', accessKey, secretKey } : { authentication: 'apiKey', apiKey };
	return { kind: 'real', label, credential: { ...how, ...where } };
}

function choosePlace(region: string, baseUrl: string): { label: string; region: string; baseUrl: string } {
	if (baseUrl !== '') {
		if (!URL.canParse(baseUrl))
			throw new Error('KLING_BASE_URL is not a web address; give one such as https://relay.example.com/kling.');
		return { label: `the service at ${new URL(baseUrl).host}`, region: 'custom', baseUrl };
	}
	if (region === 'singapore' || region === 'beijing') return { label: `Kling, region ${region}`, region, baseUrl: '' };
	const what = region === '' ? 'is not set' : `is "${region}"`;
	throw new Error(
		`KLING_REGION ${what}; set it to singapore or beijing, where the key was made (or set KLING_BASE_URL).`,
	);
}
