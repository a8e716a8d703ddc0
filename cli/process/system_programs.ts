/**
 * The system programs that this program runs, by their paths: a bare name would run the first match
 * in the PATH. The permissions of the tasks name the same paths.
 *
 * @module
 */

/** Sends signals. */
export const KILL = "/bin/kill";

/** Lists processes. */
export const PS = "/bin/ps";
