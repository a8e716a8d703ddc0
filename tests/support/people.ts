import type { Person } from "../../room/person.ts";

/** Returns a person who owns the name, with one session. */
export function person(name: string): Person {
  return { name, verified: true, sessions: 1 };
}

/** Returns one such person for each name. */
export function people(names: readonly string[]): Person[] {
  return names.map(person);
}
