/** Whether a value, which may be anything, is what is expected. */
export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === "string";

export const isFlag: Check = (value) => typeof value === "boolean";

export const isNumber: Check = (value) => Number.isFinite(value);

/** An integer of at least 0 that is exact: a position, a number of things. */
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

/** Returns a check for one of these texts. */
export function isOneOf(...texts: readonly string[]): Check {
  return (value) => isText(value) && texts.includes(String(value));
}

/** Returns a check for a value that may be missing. */
export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** Returns a check for an array. */
export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/**
 * Returns a check for an object with these fields. It may have more: those of a later version.
 */
export function objectOf(fields: Readonly<Record<string, Check>>): Check {
  const checks = Object.entries(fields);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const values = value as Readonly<Record<string, unknown>>;
    return checks.every(([name, check]) => check(values[name]));
  };
}
