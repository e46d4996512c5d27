/**
 * How long a test waits for something to come, in ms, and how often it looks. The limit only ends what would never end: a
 * busy machine takes long for everything.
 */
export const PATIENCE = { timeout: 180_000, interval: 200 };
