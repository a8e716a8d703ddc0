import { KILL, PS } from "./system_programs.ts";

/** A process, as `ps` reports it. */
interface Process {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/**
 * Stops this process and its whole job of the shell, like Ctrl-Z in a program that leaves the keys
 * to the terminal. Resolves when the shell continues the job.
 *
 * The group has to stop as a whole: `deno task` waits for its child, and a shell that waits for
 * `deno task` would not return. `deno task` also catches SIGTSTP, so only SIGSTOP works. SIGSTOP
 * stops the group even if nobody can continue it, so this looks for a waiting shell first. Deno can
 * signal its group only through another program.
 *
 * @throws {Error} if no shell could continue the job, or `ps` or `kill` is missing.
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

/**
 * True if a process outside the group of `pid`, in its session, waits for it. POSIX calls such a
 * group not orphaned.
 */
function hasShell(processes: ReadonlyMap<number, Process>, pid: number): boolean {
  const own = processes.get(pid);
  if (!own) return false;
  return processes.values().some(({ parent, group }) => {
    const waiting = processes.get(parent);
    return group === own.group && parent > 1 && waiting?.session === own.session &&
      waiting.group !== own.group;
  });
}
