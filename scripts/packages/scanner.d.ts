declare module '@n8n/scan-community-package/scanner/scanner.mjs' {
	import type { Linter } from 'eslint';

	export const SOURCE_FILE_PATTERNS: string[];
	export function buildScanConfig(): Promise<Linter.Config[]>;
	export function analyzePackage(
		folder: string,
		filePatterns?: string[],
	): Promise<{ passed: boolean; message?: string; details?: string }>;
}

declare module '@n8n/eslint-plugin-community-nodes' {
	import type { Linter } from 'eslint';

	export const n8nCommunityNodesPlugin: { configs: { recommended: Linter.Config } };
}
