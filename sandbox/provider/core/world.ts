import { Background } from './background';
import { offsetClock, type Clock } from './clock';
import type { ServiceName } from './extensions';
import { Fates, type FateTraits } from './fates';
import { Faults, type FaultOwner } from './faults';
import { FileLinks } from './file-links';
import { Gallery } from './gallery';
import { ImageStore } from './image-store';
import { Journal } from './journal';
import { seededRandom, type Random } from './random';
import { Registry } from './registry';
import { Configuration, type Settings, type SettingsPart } from './settings';

/** What a world has to know of a service before it begins. */
export interface ServiceTraits extends FateTraits, FaultOwner {
	readonly name: ServiceName;
	readonly settings: SettingsPart;
}

/** What every simulated service shares. */
export interface World {
	readonly configuration: Configuration;
	/** The values of the configuration, as they are now. */
	readonly settings: Readonly<Settings>;
	readonly clock: Clock;
	readonly random: Random;
	readonly fates: Fates;
	readonly faults: Faults;
	readonly journal: Journal;
	readonly background: Background;
	/** Pictures that were handed in, on disk. */
	readonly images: ImageStore;
	/** Pictures that were made, in memory. */
	readonly gallery: Gallery;
	readonly registry: Registry;
	readonly links: FileLinks;
	/** The server's own origin; '' until it listens. */
	origin: string;
}

/** A world at its beginning. */
export function createWorld(services: readonly ServiceTraits[], change: Partial<Settings>): World {
	const configuration = new Configuration(
		services.map(({ settings }) => settings),
		change,
	);
	const settings = configuration.values;
	const random = seededRandom(settings.seed);
	const world = {
		configuration,
		settings,
		random,
		clock: offsetClock(settings),
		fates: new Fates(services),
		faults: new Faults(random, services),
		journal: new Journal(),
		background: new Background(),
		images: new ImageStore(),
		gallery: new Gallery(),
		registry: new Registry(),
		origin: '',
	};
	return Object.assign(world, { links: new FileLinks(world) });
}
