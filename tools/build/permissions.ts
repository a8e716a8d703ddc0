/** The flags on a command line that grant permissions. */
export function parsePermissions(command: string): string[] {
  return command.match(/--(?:no-prompt|allow-\S+|ignore-\S+)/g) ?? [];
}

/** The smallest set of flags that grants all that the lists grant. */
export function allowingAll(lists: readonly (readonly string[])[]): string[] {
  const values = new Map<string, Set<string> | undefined>(); // Undefined: unrestricted.
  for (const flag of lists.flat()) {
    const [name = "", list] = flag.split("=");
    if (list === undefined) values.set(name, undefined);
    else if (!values.has(name)) values.set(name, new Set(list.split(",")));
    else for (const value of list.split(",")) values.get(name)?.add(value);
  }
  return [...values].map(([name, list]) => list ? `${name}=${[...list].join(",")}` : name);
}
