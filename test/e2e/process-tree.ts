import { readdirSync, readFileSync } from 'node:fs';

/** The processes that `pid` started, and those that they started, as the system's own table has them. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), parentOf(name));
  }
  const isBelow = (candidate: number): boolean => {
    const parent = parents.get(candidate);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

/** Whether a process is there; one that nobody has buried yet is not. */
export function isAlive(pid: number): boolean {
  const [state] = fieldsOf(String(pid));
  return state !== undefined && state !== 'Z';
}

function parentOf(pid: string): number {
  return Number(fieldsOf(pid)[1] ?? 0);
}

/** State and parent: what follows the command's name, which may hold anything but stands in brackets. */
function fieldsOf(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
