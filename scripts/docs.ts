/** Where the pages of the nodes and their images are. */
export type Language = 'en' | 'zh-CN';

/** The page of each node type, in docs/nodes and docs/zh-CN/nodes. */
export const NODE_PAGES: Record<string, string> = {
	kling: 'kling',
	klingTrigger: 'kling-trigger',
	klingCallbackTrigger: 'kling-callback-trigger',
	aliyunPortrait: 'aliyun-portrait',
	aliyunPortraitTrigger: 'aliyun-portrait-trigger',
	psTask: 'ps-task',
};

/** The page of a node type, from the root of the repository. */
export function pagePath(node: string, language: Language): string {
	const page = NODE_PAGES[node];
	if (page === undefined) throw new Error(`scripts/docs.ts names no page for the node ${node}.`);
	return `docs/${language === 'en' ? '' : `${language}/`}nodes/${page}.md`;
}

/** The image of an operation from the editor, from the root of the repository; of a trigger without `operation`. */
export function imagePath(node: string, operation?: { resource: string; operation: string }): string {
	const name = operation === undefined ? 'trigger' : `${operation.resource}-${operation.operation}`;
	return `docs/images/nodes/${NODE_PAGES[node] ?? node}/${name}.webp`;
}
