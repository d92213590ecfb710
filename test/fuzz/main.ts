import process from 'node:process';
import { parseArgs } from 'node:util';
import { ProgressBar } from '../../scripts/progress-bar.ts';
import { fuzz, SURFACES, type Surface } from './fuzz.ts';
import { Targets } from './targets.ts';

// Throws many spoilt inputs at every listener and at the readers of configuration files: `--inputs N` in all, `--seed N`, `--only SURFACE`.
// Ends with 1 when something crashed, hung, or changed what only callers and peers in order may change.

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
  },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);
const surfaces = Object.entries(SURFACES).filter(
  ([surface]) => values.only === '' || values.only === surface,
);
if (surfaces.length === 0 || !Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(`usage: --inputs N --seed N --only ${Object.keys(SURFACES).join('|')}\n`);
  process.exit(2);
}
process.stdout.write(`seed: ${seed}\n`);
const targets = await Targets.start();
const bar = new ProgressBar(inputs, 'inputs');
try {
  for (const [name, part] of surfaces) {
    const surface = name as Surface;
    const share = surfaces.length === 1 ? inputs : Math.ceil(inputs * part);
    const { answered } = await fuzz({ targets, surface, inputs: share, seed, onStep: () => bar.step() });
    const changes = await targets.changes();
    bar.line(
      `${surface.padEnd(14)}${String(share).padStart(9)} thrown${String(answered).padStart(9)} answered or refused at once`,
    );
    if (changes.length > 0) throw new Error(`${surface}: ${changes.join('; ')}`);
  }
  bar.end();
  process.stdout.write(`ok: nothing crashed, hung or changed, ${bar.seconds()} s\n`);
} catch (error) {
  bar.end();
  process.stderr.write(
    `FAILED: ${error instanceof Error ? error.message : String(error)}\n${targets.log()}\nrerun: make fuzz SEED=${seed} INPUTS=${inputs}\n`,
  );
  process.exitCode = 1;
} finally {
  await targets.stop();
}
