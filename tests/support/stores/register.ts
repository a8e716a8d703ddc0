/** Registers a test: `Deno.test`, or a collection of steps that share something. */
export type RegisterTest = (name: string, body: () => Promise<void>) => void;
