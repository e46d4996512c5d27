import { join } from 'node:path';
import type { N8nRelease } from './install';

/** What of the caller's environment must not reach n8n: its own settings, and the Kling keys. */
const OWN =
	/^(N8N_|DB_|EXECUTIONS_|QUEUE_|CREDENTIALS_|NODES_|WEBHOOK_|OFFLOAD_|EXTERNAL_|GENERIC_|TEMPLATES_|KLING_|VITEST|npm_)/;
const OWN_NAMES = new Set(['NODE_OPTIONS', 'NODE_PATH', 'NODE_ENV', 'WEBHOOK_URL', 'PORT']);

/** Everything that makes n8n call home or show things that have nothing to do with the package, off. */
const SILENT = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry,instance-ai,agents,chat-hub,insights',
	N8N_PYTHON_ENABLED: 'false',
	EXTERNAL_FRONTEND_HOOKS_URLS: '',
};

/** Where the sandbox's n8n may read and write files. */
export function filesFolder(userFolder: string): string {
	return join(userFolder, 'files');
}

/**
 * 1.x refuses modules that it does not know, its isolated-vm does not compile on Node 20, and without a pool, which it asks
 * for, its SQLite loses transactions of executions at the same moment.
 */
const OF_1_X = { N8N_DISABLED_MODULES: 'insights', N8N_EXPRESSION_ENGINE: 'legacy', DB_SQLITE_POOL_SIZE: '4' };

/** The environment of the sandbox's n8n: the caller's without n8n's own settings, then ours. */
export function n8nEnvironment(
	userFolder: string,
	port: number,
	brokerPort: number,
	release: N8nRelease = '2.x',
): NodeJS.ProcessEnv {
	const inherited = Object.entries(process.env).filter(([name]) => !OWN.test(name) && !OWN_NAMES.has(name));
	return {
		...Object.fromEntries(inherited),
		...SILENT,
		...(release === '1.x' ? OF_1_X : {}),
		N8N_USER_FOLDER: userFolder,
		N8N_RESTRICT_FILE_ACCESS_TO: filesFolder(userFolder),
		N8N_PORT: String(port),
		N8N_HOST: '127.0.0.1',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		N8N_SECURE_COOKIE: 'false',
		N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5',
		N8N_LOG_LEVEL: 'info',
		DB_TYPE: 'sqlite',
	};
}
