import type { Plan } from '../plan.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Result } from './compete.ts';
import { CONTESTANTS, MODELS } from './contestants.ts';
import { lowLimitTable } from './low-limits.ts';
import { markdownTable, resultTable } from './table.ts';
import { judge, targetTable } from './targets.ts';

/** A scenario, the name of its file, and what everybody came to in it. */
export type Compared = {
  readonly name: string;
  readonly scenario: Scenario;
  readonly results: readonly Result[];
};

/** The page that shows the comparison. It depends on nothing but what is given. */
export function resultsPage(
  compared: readonly Compared[],
  lowLimits: readonly (readonly Result[])[],
): string {
  const judgements = judge(new Map(compared.map(({ name, results }) => [name, results])));
  return [
    '<!-- Written by `make compare`, from seeds only: the same sources give the same page. Do not edit it. -->',
    '# The same worlds, held by Headgate and by others',
    INTRODUCTION,
    '## Targets',
    markdownTable(targetTable(judgements)),
    `${TARGETS}`,
    '## Who takes part',
    CONTESTANTS.map(({ name, about }) => `- **${name}**: ${about}.`).join('\n'),
    MODELS_ARE,
    '## How to read the tables',
    COLUMNS,
    ...compared.map(section),
    '## Low limits',
    LOW_LIMITS,
    markdownTable(lowLimitTable(lowLimits)),
    LOW_LIMITS_MEAN,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** A scenario in one line: what is limited, what is asked for, what goes wrong. */
function describeWorld({ members, limits, load, faults }: Plan): string {
  const limited = limits.map(
    ({ limit, windowMs }) => `${limit.toLocaleString('en')} per ${lengthOf(windowMs)}`,
  );
  const asked = load.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const keys = Math.max(1, ...load.map((each) => each.keys.count));
  const changes = load.some(({ shape }) => shape.kind !== 'steady' && shape.kind !== 'poisson');
  const wrong = faults.map((fault) => {
    const where = 'region' in fault ? ` ${fault.region}` : '';
    const until = 'forMs' in fault ? `–${(fault.atMs + fault.forMs) / 1_000}` : '';
    return `${fault.kind}${where} at ${fault.atMs / 1_000}${until} s`;
  });
  return [
    `${members.length} regions`,
    `${limited.join(' and ')}${keys === 1 ? '' : ` for each of ${keys.toLocaleString('en')} keys`}`,
    `${asked.toLocaleString('en')} requests/s${changes ? ' on average, changing' : ''}`,
    ...wrong,
  ].join(' · ');
}

function lengthOf(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= each) ?? (['s', 1_000] as const);
  return `${Math.round(ms / unitMs)} ${unit}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
] as const;

function section({ name, scenario, results }: Compared): string {
  return [
    `## ${scenario.title.trim()}`,
    `\`simulations/scenarios/${name}.yaml\`: ${describeWorld(scenario.plan)}`,
    markdownTable(resultTable(results)),
    ...absence(results),
    ...results.flatMap(({ contestant, failure }) =>
      failure === undefined
        ? []
        : [`**${contestant} broke invariant ${failure.invariant}: ${failure.what}**`],
    ),
  ].join('\n\n');
}

/** Why somebody is missing. */
function absence(results: readonly Result[]): string[] {
  const missing = MODELS.filter(({ name }) => !results.some(({ contestant }) => contestant === name));
  if (missing.length === 0) return [];
  if (missing.length === MODELS.length) return [NOT_FOR_MODELS];
  return [`Not here: ${missing.map(({ name }) => name).join(', ')}. ${NOT_FOR_RATES}`];
}

const INTRODUCTION = `Every scenario of \`simulations/scenarios/\` is lived through by the production \`Region\` of Headgate and by models of other ways to
hold one limit in several regions. All of them get the same requests at the same times, over a network with the same latencies between
cloud regions (round trips of 68 to 215 ms, with an exponential tail), the same losses, clocks and faults, from the same seed. What is
measured is what clients see.`;

const TARGETS = `Over-admission counts from the first second on, and an invariant checker stops the run at the first permit too many; \`make soak\` looks
for one in random worlds. Times end with the window in which the figure was reached, so with 1 s windows up to a second of each is the
window's own length. For what low limits can and cannot reach, see [Low limits](#low-limits).`;

const MODELS_ARE = `The models are in \`simulations/models/\`, one file each, with their sources. Each is the best version of its idea that we could think of
without making it another idea: they use the rounding of shares, the heartbeats, the suspicion time and the gossip interval that Headgate
uses; what they write to disk is durable at once and for nothing; the central counter waits longer than the longest round trip and asks
twice; leases and refreshes are many times quicker than Doorman's.`;

const COLUMNS = `- **over-admission %**: the window that exceeded its limit most, after the warm-up. 100 means twice the limit.
- **utilisation %**: what was let through of what could have been: of the limit, or of the demand where that was less.
- **false denials %**: what was refused although the window had room, of everything that was asked for.
- **messages/s**: between regions, in all, one for each recipient. Those of the lease server's election are in it; those of a store are not.
- **reclaim s**: from the loss of a region until the others let through as much as they come to while it lasts; *never* where that is
  their own shares; – where no region was lost for long.
- **recovery s**: from the end of the loss until a window was used to 99 %.
- **wait ms**: how long clients waited for an answer. A decision from memory takes no time here.`;

const NOT_FOR_MODELS = `The models take no part: they know one configuration, which does not change while they run, and one limit for all keys that is counted in
windows. What the others would do here is not part of their idea.`;

const NOT_FOR_RATES = `They spread a limit evenly over its window, and this window is longer than the run.`;

const LOW_LIMITS = `Five permits in 60 s for each of many keys, asked for evenly in five regions: one permit for each region. The table shows what was let
through, of what an oracle lets through that counts in one place at no distance. *Shares fixed* is \`shares: static\` in a limit.`;

const LOW_LIMITS_MEAN = `With one permit in each region, and demand that is the same everywhere, whoever answers at once can do no better than the static split: a
permit is of use where the next request comes, that is in any region alike, and moving one there only takes it from where the request
after that may come. At 0.9 × the limit a key has 4.5 requests in a window on average, by chance; they come to 5·(1 − e^−0.9) ≈ 3.0 different
regions, while an oracle admits 3.9: 76 %. More takes a wait for another region's answer, or clients that ask again, once a refusal has
brought a permit near. Well above the limit every region is asked sooner or later, and static shares come close to all. So the best policy
here is to leave permits where the weights put them, and to move one when a request was refused for want of it. Where the refused ask again
it can be a little more than the oracle lets through: some of them ask again in the next window.`;
