/**
 * The programs of the system that this one runs, by where they are: a name alone would run
 * whatever the PATH has first. The permissions of the tasks name the same.
 *
 * @module
 */

/** Sends signals. */
export const KILL = "/bin/kill";

/** Lists processes. */
export const PS = "/bin/ps";
