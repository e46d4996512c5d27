import { LongInteger } from './json';

/** Reads the fields of a JSON object and refuses what the documents do not allow, naming the field. */
export class Fields {
	private readonly object: Record<string, unknown>;

	/** `known` are all the fields that there are; `invalid` makes the service's refusal from a message. */
	constructor(
		value: unknown,
		known: readonly string[],
		private readonly invalid: (message: string) => Error,
		private readonly path = '',
	) {
		if (typeof value !== 'object' || value === null || Array.isArray(value)) {
			throw invalid(`${path || 'request body'} must be an object`);
		}
		this.object = value as Record<string, unknown>;
		for (const name of Object.keys(value)) {
			if (!known.includes(name)) throw invalid(`Unknown parameter: ${this.named(name)}`);
		}
	}

	/** Whether the field is there, with whatever value but an empty text. */
	has(name: string): boolean {
		return this.object[name] !== undefined && this.object[name] !== '';
	}

	/** An optional text; absent is ''. Length is in code points. */
	text(name: string, longest = Infinity): string {
		const value = this.object[name] ?? this.absent(name, '');
		if (typeof value !== 'string') throw this.wrongType(name, 'a string');
		if (value.length > longest && [...value].length > longest) {
			throw this.invalid(`${this.named(name)} must not exceed ${longest} characters`);
		}
		return value;
	}

	/** A text that must be there. */
	requiredText(name: string, longest = Infinity): string {
		const value = this.text(name, longest);
		if (value === '') throw this.invalid(`${this.named(name)} cannot be empty`);
		return value;
	}

	/** An optional whole number. */
	integer(name: string, least: number, greatest: number, absent: number): number {
		const value = this.object[name] ?? this.absent(name, absent);
		if (!Number.isInteger(value)) throw this.wrongType(name, 'an integer');
		return this.within(name, value as number, least, greatest);
	}

	/** An optional whole number, or one word in its place. */
	integerOr<Word extends string>(name: string, word: Word, least: number, greatest: number, absent: number) {
		return this.object[name] === word ? word : this.integer(name, least, greatest, absent);
	}

	/** A whole number without a sign that must be there: its digits. A text of digits is taken too if `asText` says so. */
	requiredDigits(name: string, asText: boolean): string {
		const value = this.object[name] ?? this.absent(name, undefined);
		if (value === undefined) throw this.invalid(`${this.named(name)} is required`);
		const digits = value instanceof LongInteger ? value.digits : String(value);
		if ((typeof value === 'string' && !asText) || typeof value === 'boolean' || !/^\d{1,19}$/.test(digits)) {
			throw this.wrongType(name, 'a long integer');
		}
		return digits;
	}

	/** A whole number, or nothing. */
	optionalInteger(name: string): number | undefined {
		const value = this.object[name] ?? this.absent(name, undefined);
		if (value !== undefined && !Number.isInteger(value)) throw this.wrongType(name, 'an integer');
		return value as number | undefined;
	}

	/** A truth value, or nothing. */
	optionalBoolean(name: string): boolean | undefined {
		const value = this.object[name] ?? this.absent(name, undefined);
		if (value !== undefined && typeof value !== 'boolean') throw this.wrongType(name, 'a boolean');
		return value;
	}

	/** A number, or nothing. */
	optionalNumber(name: string, least: number, greatest: number): number | undefined {
		const value = this.object[name] ?? this.absent(name, undefined);
		return value === undefined ? undefined : this.requiredNumber(name, least, greatest);
	}

	/** A number that must be there. */
	requiredNumber(name: string, least: number, greatest: number): number {
		const value = this.object[name] ?? this.absent(name, undefined);
		if (value === undefined) throw this.invalid(`${this.named(name)} is required`);
		if (typeof value !== 'number') throw this.wrongType(name, 'a number');
		return this.within(name, value, least, greatest);
	}

	/** An optional value of a set. */
	choice(name: string, values: readonly string[], absent: string): string {
		const value = this.object[name] ?? this.absent(name, absent);
		if (!values.includes(value as string)) {
			throw this.invalid(`${this.named(name)} value '${String(value)}' is invalid`);
		}
		return value as string;
	}

	/** A list that must be there, whose entries are objects. */
	requiredList(name: string, least: number, greatest: number, known: readonly string[]): Fields[] {
		return this.list(name, least, greatest).map(
			(entry, position) => new Fields(entry, known, this.invalid, `${this.named(name)}[${position}]`),
		);
	}

	/** A list that must be there, whose entries are texts. */
	requiredTexts(name: string, least: number, greatest: number): string[] {
		return this.list(name, least, greatest).map((value, position) => {
			if (typeof value !== 'string') throw this.wrongType(`${name}[${position}]`, 'a string');
			return value;
		});
	}

	/** An optional list whose entries are objects; undefined if it is absent. */
	optionalList(name: string, greatest: number, known: readonly string[]): Fields[] | undefined {
		const value = this.object[name] ?? this.absent(name, undefined);
		return value === undefined ? undefined : this.requiredList(name, 0, greatest, known);
	}

	/** An object that must be there. */
	requiredObject(name: string, known: readonly string[]): Fields {
		const object = this.optionalObject(name, known);
		if (!object) throw this.invalid(`${this.named(name)} is required`);
		return object;
	}

	/** An optional object. */
	optionalObject(name: string, known: readonly string[]): Fields | undefined {
		const value = this.object[name] ?? this.absent(name, undefined);
		return value === undefined ? undefined : new Fields(value, known, this.invalid, this.named(name));
	}

	/** A truth value that must be there. */
	requiredBoolean(name: string): boolean {
		const value = this.object[name];
		if (typeof value !== 'boolean') throw this.wrongType(name, 'a boolean');
		return value;
	}

	/** The field's full name. */
	named(name: string): string {
		return this.path ? `${this.path}.${name}` : name;
	}

	private list(name: string, least: number, greatest: number): unknown[] {
		const value = this.object[name];
		if (value === undefined) throw this.invalid(`${this.named(name)} is required`);
		if (!Array.isArray(value)) throw this.wrongType(name, 'an array');
		if (value.length < least || value.length > greatest) {
			throw this.invalid(`${this.named(name)} must have ${least} to ${greatest} elements`);
		}
		return value;
	}

	/** null is a wrong type, not an absent field. */
	private absent<T>(name: string, value: T): T {
		if (Object.hasOwn(this.object, name)) throw this.invalid(`${this.named(name)} must not be null`);
		return value;
	}

	private within(name: string, value: number, least: number, greatest: number): number {
		if (value < least || value > greatest) {
			throw this.invalid(`${this.named(name)} must be in the range [${least}, ${greatest}]`);
		}
		return value;
	}

	private wrongType(name: string, wanted: string) {
		return this.invalid(`${this.named(name)} must be ${wanted}`);
	}
}
