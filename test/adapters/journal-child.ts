import { FileJournal } from '../../src/adapters/journal/file-journal.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { newLedgerId } from '../../src/adapters/system/random.ts';
import type { JournalRecord } from '../../src/core/journal.ts';

// A process to be killed. It opens the journal in the directory that it is given and says in lines of JSON what it found; told to
// `write`, it then appends without end and says what is durable; told to `hold`, it only keeps the journal open.

const [directory = '', task] = process.argv.slice(2);
const IN_FLIGHT = 3;
const NAMES = 300;

function say(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const quiet = { info: () => undefined, warn: () => undefined, error: say };
const journal = new FileJournal({
  directory,
  region: 'us-east',
  environment: 'test',
  ledger: newLedgerId,
  clock: systemClock,
  log: quiet,
  tuning: { compactBytesMin: 30_000 },
});

const recovery = await journal.open().catch((error: Error) => {
  say({ refused: error.message });
  process.exit(3);
});
const spent = recovery?.spent.map(({ key, permits }) => [key, permits]) ?? [];
say({ found: journal.found, ledger: journal.ledger, kept: [['votes', recovery?.votesUpTo ?? 0], ...spent] });

let amount = Date.now() * 1_000;
function next(): void {
  const records: JournalRecord[] = [{ kind: 'votes', upTo: ++amount }];
  for (let count = 0; count < 5; count += 1) {
    const key = `user-${Math.floor(Math.random() * NAMES)}`;
    records.push({
      kind: 'spend',
      limit: 'l',
      windowId: 7,
      key,
      closesAt: 4_000_000_000,
      permits: ++amount,
    });
  }
  journal.append(records, () => {
    say({
      kept: records.map((record) =>
        'permits' in record
          ? [record.key, record.permits]
          : ['votes', record.kind === 'votes' && record.upTo],
      ),
    });
    next();
  });
}

if (task === 'write') for (let count = 0; count < IN_FLIGHT; count += 1) next();
else setInterval(() => undefined, 1_000);
