import { Background } from './background';
import { offsetClock, type Clock } from './clock';
import { Fates } from './fates';
import { Faults } from './faults';
import { Journal } from './journal';
import { Gallery } from './pixels/gallery';
import { ImageStore } from './pixels/image-store';
import { seededRandom, type Random } from './random';
import { Registry } from './registry';
import { applySettings, defaultSettings, type Settings } from './settings';

/** What every simulated service shares. */
export interface World {
	readonly settings: Settings;
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
	/** The server's own origin; '' until it listens. */
	origin: string;
}

/** A world at its beginning. */
export function createWorld(change: Partial<Settings>): World {
	const settings = defaultSettings();
	applySettings(settings, change);
	const random = seededRandom(settings.seed);
	return {
		settings,
		random,
		clock: offsetClock(settings),
		fates: new Fates(),
		faults: new Faults(random),
		journal: new Journal(),
		background: new Background(),
		images: new ImageStore(),
		gallery: new Gallery(),
		registry: new Registry(),
		origin: '',
	};
}
