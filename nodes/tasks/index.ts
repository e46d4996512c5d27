/** The one door of the task engine: services import from here and from nowhere else in tasks/. */
export * from './declare';
export { checkImages, imagesFrom, keylessNotice, simplify, taskIdProperty } from './fields/common';
export {
	createPropertiesWithoutWait,
	forOperations,
	getProperties,
	limitProperties,
	listProperties,
	optionsOf,
	resumeWebhooks,
	waitProperties,
	type TaskKind,
} from './fields/operations';
export { withTools } from './fields/tools';
export { read, refusalOf, retryAfterMs, sentAt, NOT_STARTED, type Outcome } from './http/client';
export { outcomeError } from './http/errors';
export { BinaryFields } from './images/binaryFields';
export { checksImages, refuseUnfitImages } from './images/check';
export { findImageFields, takesAllItems, type ImageField } from './images/fields';
export { imageTypeOf } from './images/formats';
export type { Size } from './images/header';
export { loadImageFile, type ImageFile, type LoadableImage } from './images/load';
export { safeName } from './images/names';
export { imageTextIn, isFile, kindOf, onlyElement } from './images/objects';
export { ImageProblem, type ImageReference } from './images/reference';
export { nameOfImage, remarkOn, warnOfImages, type ImageLimits } from './images/remarks';
export { refuseInput, type ItemContext } from './item/context';
export type { Operation } from './item/runItems';
export { positiveMinutes, usualTimeout } from './item/settings';
export { choiceIn, flagIn, idIn, idListIn, numberIn, textIn, timeIn } from './item/values';
export { inputError, isTaskError, taskError, type TaskError } from './model/errors';
export type {
	Connection,
	Endpoint,
	ErrorRow,
	Price,
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
export { forCaller } from './operations/forModels';
export type { SizedRequest } from './operations/sized';
export { pairing } from './operations/output';
export { tellUnfinished } from './operations/unfinished';
export {
	always,
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
export { count, cut, jsonOf, naming, quote, said, saidIn } from './util/text';
export { namesSomethingElse, saysUnknownTask } from './util/unknownTask';
export { exactFlag, isEmpty } from './util/values';
export { waitForTask } from './wait/waitForTask';
export { activatingCallbacks } from './triggers/callback/activate';
export { callbackProperties, callbackSubtitle } from './triggers/callback/properties';
export { receivingCallbacks } from './triggers/callback/receive';
export { eventOption, unsupportedEvent } from './triggers/events';
export { watchTasks } from './triggers/polling/newTasks';
export { accountMark, polling, type Poll, type PollWork } from './triggers/polling/poll';
export { SeenIds } from './triggers/polling/seenIds';
export { pollingProperties } from './triggers/polling/settings';
export { watchIds } from './triggers/polling/watchIds';
