/** The one door of the task engine: services import from here and from nowhere else in tasks/. */
export * from './declare';
export { imagesFrom, keylessNotice, simplify, taskIdProperty } from './fields/common';
export {
	createOptions,
	forOperations,
	getProperties,
	limitProperties,
	listProperties,
	optionsOf,
	resultPropertiesWithoutWait,
	resumeWebhooks,
	waitProperties,
	type TaskKind,
} from './fields/operations';
export { read, refusalOf, retryAfterMs, NOT_STARTED, type Outcome } from './http/client';
export { outcomeError } from './http/errors';
export { BinaryFields } from './images/binaryFields';
export { findImageFields, takesAllItems, type ImageField } from './images/fields';
export { imageTypeOf } from './images/formats';
export { loadImageFile, type ImageFile, type LoadableImage } from './images/load';
export { safeName } from './images/names';
export { imageTextIn, isFile, kindOf, onlyElement } from './images/objects';
export { ImageProblem, type ImageReference } from './images/reference';
export { nameOfImage, remarkOn, warnOfImages, type ImageLimits } from './images/remarks';
export { refuseInput, type ItemContext } from './item/context';
export type { Operation } from './item/runItems';
export { positiveMinutes } from './item/settings';
export { flagIn, idIn, textIn } from './item/values';
export { inputError, isTaskError, taskError, type TaskError } from './model/errors';
export type {
	Connection,
	Endpoint,
	ErrorRow,
	ReadKind,
	Refusal,
	Reply,
	Retry,
	Service,
	ServiceRequest,
	Verdict,
} from './model/service';
export {
	hasEnded,
	isoTime,
	numbered,
	withoutUndefined,
	type Task,
	type TaskImage,
	type TaskStatus,
	type Waited,
} from './model/task';
export { listSearch } from './n8n/listSearch';
export { requestOptions } from './n8n/requestOptions';
export { resultItems } from './operations/completion';
export {
	createAndWait,
	prepareCreate,
	submitOnce,
	waitForSubmitted,
	type CreateSpec,
	type PreparedCreate,
} from './operations/create';
export { readLimit } from './operations/getMany';
export { pairing } from './operations/output';
export {
	anyId,
	anyText,
	idOf,
	nonEmptyText,
	numberBetween,
	oneOf,
	optional,
	textUpTo,
	trueOrFalse,
	wholeNumber,
	type BodyRule,
	type FieldRule,
	type Problem,
	type Rule,
} from './submit/bodyRules';
export { resumeOnCallback } from './suspend/resume';
export * from './util/credential';
export * from './util/credentialFields';
export { privateImageHosts } from './util/imageHosts';
export { limiterPerAccount } from './util/limiter';
export { asCode, asRecord, asText, headOfBase64, normalizeBase64, parseJson, SHORTEST_BASE64 } from './util/parse';
export { cut, jsonOf, quote, said, saidIn } from './util/text';
export { namesSomethingElse, saysUnknownTask } from './util/unknownTask';
export { waitForTask } from './wait/waitForTask';
export { activatingCallbacks } from './triggers/callback/activate';
export { callbackProperties } from './triggers/callback/properties';
export { receivingCallbacks } from './triggers/callback/receive';
export { eventOption, unsupportedEvent } from './triggers/events';
export { watchTasks } from './triggers/polling/newTasks';
export { accountMark, polling, type Poll, type PollWork } from './triggers/polling/poll';
export { SeenIds } from './triggers/polling/seenIds';
export { pollingProperties } from './triggers/polling/settings';
export { idsIn, watchIds } from './triggers/polling/watchIds';
