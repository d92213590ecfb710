import { TICK_MS } from '../../../src/bounds.ts';
import { Cores, type Frame } from './cores.ts';

// What it takes to mend one delta that was lost, among a million keys.

const KEYS = 1_000_000;
const KEYS_PER_TICK = 5_000;

const cores = new Cores(3_600_000);
const [teller, hearer] = cores.cores;
if (teller === undefined || hearer === undefined) throw new Error('there are three regions');

function ticks(ms: number): void {
  for (let passed = 0; passed < ms; passed += TICK_MS) cores.tick();
}

ticks(400_000);
for (let key = 0; key < KEYS; key += 1) {
  if (!cores.ask(teller, `tenant-${String(key).padStart(7, '0')}`)) throw new Error('denied');
  if (key % KEYS_PER_TICK === 0) cores.tick();
}
ticks(5_000);
const repaired = repairs();
for (const { cost } of cores.cores) cost.longestMs = 0;

let lost = 0;
cores.loses = ({ from, to, kind }) => {
  if (from !== teller.region || to !== hearer.region || kind !== 'delta') return false;
  lost += 1;
  return true;
};
cores.ask(teller, 'tenant-0000007');
while (lost === 0) cores.tick();
cores.loses = () => false;
const bytes = new Map<Frame['kind'], number>();
cores.carried = ({ kind, bytes: { byteLength } }) => bytes.set(kind, (bytes.get(kind) ?? 0) + byteLength);
ticks(5_000);
if (repairs() === repaired) throw new Error('nothing was repaired');
console.log(
  JSON.stringify({
    bytes: (bytes.get('ask') ?? 0) + (bytes.get('repair') ?? 0),
    digestBytes: bytes.get('digest') ?? 0,
    longestMs: Math.max(...cores.cores.map(({ cost }) => cost.longestMs)),
  }),
);

function repairs(): number {
  return hearer?.state.peers.get(teller?.region ?? '')?.repairedEntries ?? 0;
}
