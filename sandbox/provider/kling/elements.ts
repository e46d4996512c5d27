import type { Input } from './inputs';
import type { Task } from './task';

/** As the ledger, faults and fates name the resource. */
export const elementResource = 'advanced-custom-elements';
/** Where the front image of an element stands in its create. */
export const frontField = 'element_image_list.frontal_image';

/** What the create of an element asks for, beside its pictures. */
export interface ElementWishes {
	name: string;
	description: string;
	/** Of the ID that it will have. */
	idDigits: number;
	tags: string[];
	/** Fields of the other images. */
	others: string[];
}

/**
 * The ID of the element that a task makes: like no task ID, always odd, and of 18 digits greater than 2^53, so that it
 * does not survive as a JavaScript number.
 */
export function elementIdOf(taskId: string, digits: number): string {
	return `8${taskId.slice(1 - digits)}`;
}

/** The front image of an account's element; undefined if it has no such element. */
export function elementImage(tasks: readonly Task[], id: string): Input | undefined {
	const made = tasks.find(
		({ id: taskId, resource, outcome, order }) =>
			resource === elementResource &&
			outcome?.status === 'succeed' &&
			elementIdOf(taskId, (order.wishes as ElementWishes).idDigits) === id,
	);
	return made?.inputs.get(frontField);
}
