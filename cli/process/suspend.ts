import { KILL, PS } from "./system_programs.ts";

/** A process, as `ps` tells of it. */
interface Process {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/**
 * Stops this process and all that belong to the same job of the shell, as Ctrl-Z does to a
 * program that leaves the keys to the terminal; resolves when the shell lets them go on.
 *
 * The group has to stop as a whole: `deno task` waits for its child, and a shell that waits
 * for `deno task` would not come back. It catches SIGTSTP besides, so that nothing but
 * SIGSTOP will do; and that stops also where nobody is there to continue it, so it takes a
 * look around first. Deno lets a program signal its group only by another program.
 *
 * @throws {Error} if there is no shell that could let us go on, or no `ps` or `kill`.
 */
export async function suspend(): Promise<void> {
  if (!hasShell(await processes(), Deno.pid)) throw new Error("no shell waits for this program");
  await new Deno.Command(KILL, { args: ["-STOP", "0"] }).output();
}

async function processes(): Promise<ReadonlyMap<number, Process>> {
  const ps = new Deno.Command(PS, { args: ["-A", "-o", "pid=,ppid=,pgid=,sess="] });
  const rows = new TextDecoder().decode((await ps.output()).stdout).trim().split("\n");
  return new Map(rows.map((row) => {
    const [pid = 0, parent = 0, group = 0, session = 0] = row.trim().split(/\s+/).map(Number);
    return [pid, { parent, group, session }];
  }));
}

/** Whether somebody outside the group of `pid`, in its session, waits for it: POSIX calls it not orphaned. */
function hasShell(processes: ReadonlyMap<number, Process>, pid: number): boolean {
  const own = processes.get(pid);
  if (!own) return false;
  return processes.values().some(({ parent, group }) => {
    const waiting = processes.get(parent);
    return group === own.group && parent > 1 && waiting?.session === own.session &&
      waiting.group !== own.group;
  });
}
