/**
 * How a service says in words that it does not know a task, where no code tells. It says that something is not there,
 * and this something is a task, or nothing is named at all: word order, quotes and IDs do not matter.
 */

/** Longest text that is looked at, in characters: a sentence. */
const LOOKED_AT = 1_000;

/** Something is not there. */
const MISSING =
	/\bnot (?:be |been |yet |any |the |this |that )*(?:found|find|exist|exists|existing|known|know|recognized|recognised|present)\b|\bno such\b|\bno longer exists?\b|\bnon ?existent\b|\bno (?:matching |existing )?(?:tasks?|jobs?|records?|rows?|results?)(?: ?$| (?:found|with|for|has|by|in)\b)|不存在|未找到|找不到|没找到|没有找到|未能找到|无法找到|未查到|查不到|未查询到|没有查到|没有查询到|查无|无此|没有(?:这个|此|该|对应)/;

/** Said of a task alone: elsewhere the same words tell of something unknown or not valid. */
const UNKNOWN_TASK =
	/\bunknown task|\btask(?: id)? (?:is |was )?unknown\b|\b(?:invalid|wrong|illegal) task id\b|\btask id (?:is )?(?:invalid|wrong)\b|未知的?任务|任务(?: ?id ?)?(?:未知|无效)|无效的?任务/;

const TASK = /tasks?\b|\bjobs?\b|任务|作业/;

/** What else may be missing, also of a task. */
const SOMETHING_ELSE =
	/\b(?:images?|photos?|pictures?|files?|folders?|director(?:y|ies)|paths?|routes?|pages?|urls?|links?|endpoints?|tables?|relations?|columns?|modules?|layers?|fonts?|faces?|models?|templates?|styles?|parameters?|fields?|attributes?)\b|图片|图像|照片|文件|路径|路由|页面|接口|链接|地址|数据表|模型|模板|风格|人脸|图层|字体|参数|字段/;

/** Tasks that are called by what they work on. */
const OF_SOMETHING =
	/\b(?:image|photo|picture|file|model) (?:processing |editing |generation |training )?(?=task)|(?:图片|图像|照片|文件|模型)(?:处理|编辑|生成|训练)?(?=任务)/g;

/** Words that name nothing. Records and results are what services keep of tasks. */
const NAMES_NOTHING =
	/\b(?:error|err|code|http|status|message|msg|sorry|please|check|the|this|that|an?|any|it|there|is|are|was|were|be|been|has|have|does|do|did|could|can|would|not?|yet|such|longer|found|find|exists?|existing|known|know|recogni[sz]ed|present|matching|with|for|by|of|in|on|from|or|and|your|given|requested|specified|provided|expired|deleted|already|tasks?|jobs?|ids?|uuid|records?|results?|entry|rows?|set|data|db|sql|system|server)\b|任务|作业|记录|数据|结果|编号|[该此您的或已]|这个|请求|查询|指定|对应|抱歉|错误|过期|删除/g;

/** True when a service's words mean that it does not know the task it was asked for. Linear in the text. */
export function saysUnknownTask(text: string): boolean {
	const words = wordsOf(text);
	const clauses = words.split(/[:：;；,，.。!！?？()（）[\]]| because | but /);
	const said = clauses.some(
		(clause) =>
			UNKNOWN_TASK.test(clause) || (MISSING.test(clause) && TASK.test(clause) && !SOMETHING_ELSE.test(clause)),
	);
	return said || (MISSING.test(words) && namesNothing(words));
}

/** True when a text names something other than a task, such as an image or a path. */
export function namesSomethingElse(text: string): boolean {
	return SOMETHING_ELSE.test(wordsOf(text));
}

function namesNothing(words: string): boolean {
	return !/[\p{L}\p{N}]/u.test(words.split(MISSING).join(' ').replace(NAMES_NOTHING, ' '));
}

/** The words of a text in lower case, without quotes and IDs; an address is the word "path". */
function wordsOf(text: string): string {
	return text
		.slice(0, LOOKED_AT)
		.replace(/n['’]t\b/gi, ' not')
		.replace(/\bcannot\b/gi, 'can not')
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.toLowerCase()
		.replace(/["'`“”‘’「」『』《》【】<>{}#*]/g, ' ')
		.replace(/[\w./:%@-]+/g, plainWord)
		.replace(/\s+/g, ' ')
		.replace(OF_SOMETHING, '');
}

/** IDs and numbers name nothing; the parts of `task_id` are words. */
function plainWord(token: string): string {
	if (token.includes('://') || token.split('/').length > 2 || /^\/\w/.test(token)) return ' path ';
	const end = /[.:]$/.exec(token)?.[0] ?? '';
	const parts = /\d/.test(token) ? '' : token.replace(/[_./%@-]+/g, ' ');
	return ` ${parts} ${end}`;
}
