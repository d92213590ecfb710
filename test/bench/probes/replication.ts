import { TICK_MS } from '../../../src/bounds.ts';
import { Cores } from './cores.ts';

// What telling each other costs three regions that change 50,000 keys a second together.

const CHANGES_PER_SECOND = 50_000;
const SECONDS = 6;

const cores = new Cores(10_000);
for (let passed = 0; passed < 3_000; passed += TICK_MS) cores.tick();

let next = 0;
function change(seconds: number): void {
  const perTick = Math.round((CHANGES_PER_SECOND * TICK_MS) / 1_000 / cores.cores.length);
  for (let passed = 0; passed < seconds * 1_000; passed += TICK_MS) {
    for (const core of cores.cores) {
      for (let each = 0; each < perTick; each += 1) {
        next += 1;
        cores.ask(core, `tenant-${String(next).padStart(6, '0')}`);
      }
    }
    cores.tick();
  }
}

// Until it is compiled as it will be.
change(3);
for (const { cost } of cores.cores) {
  cost.cpuMs = 0;
  cost.longestMs = 0;
}
const bytes = { delta: 0, other: 0 };
cores.carried = ({ kind, bytes: { byteLength } }) => {
  bytes[kind === 'delta' ? 'delta' : 'other'] += byteLength;
};
change(SECONDS);
// Each change goes to two peers.
const told = CHANGES_PER_SECOND * SECONDS * (cores.cores.length - 1);
console.log(
  JSON.stringify({
    bytesPerChange: bytes.delta / told,
    cores: cores.cores.map(({ cost }) => cost.cpuMs / 1_000 / SECONDS),
    longestMs: cores.cores.map(({ cost }) => cost.longestMs),
  }),
);
