import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import process from 'node:process';

const PROGRAMS: readonly (readonly [program: string, flag: string])[] = [
  ['wrk', '-v'],
  ['h2load', '--version'],
  ['redis-server', '--version'],
];

/** The machine and the versions of what takes part, for people to judge figures by. */
export function machine(): string[] {
  const [cpu] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} × ${cpu?.model.trim()}, ${gibibytes} GiB, Linux ${release()}, load ${loadavg()[0]?.toFixed(1)} when it began`,
    `Node ${process.versions.node}, V8 ${process.versions.v8}`,
    ...PROGRAMS.map(([program, flag]) => firstLine(program, flag)),
  ];
}

function firstLine(program: string, flag: string): string {
  // wrk prints its version and its usage, and calls that a failure.
  const text = execFileSync('bash', ['-c', `${program} ${flag} 2>&1 || true`], { encoding: 'utf8' });
  return text.split('\n', 1)[0]?.replace(/ (\[|sha=| malloc=).*/, '') ?? program;
}
