import { Temporal } from 'temporal-polyfill';
import Type, { type Static } from 'typebox';
import {
  choice,
  decimal,
  dictionary,
  duration,
  group,
  integer,
  isText,
  list,
  text,
  yesNo,
} from '../../config/field.ts';
import { LIMITS } from '../../config/limits-schema.ts';
import { quota } from '../../config/quota.ts';
import { isRegionId } from '../../crdt/index.ts';
import { PLACES } from './places.ts';

const LONGEST = '2d';

const regionName = text({
  description: 'Name of a region.',
  expects: 'a name of lower-case letters, digits and inner hyphens',
  accepts: isRegionId,
});

const regionNames = list(regionName, {
  description: 'Regions.',
  from: 1,
  to: 32,
  expects: 'names of regions',
});

const probability = (description: string) => decimal({ description, default: 0, from: 0, to: 0.5 });

const prose = (description: string) =>
  text({ description, expects: 'text', accepts: (value) => isText(value.replaceAll('\n', ' '), 1, 4_096) });

/** Whole seconds of UTC that exist: Temporal, like any reader of ISO 8601, takes more than that. */
function isMoment(text: string): boolean {
  if (!/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return false;
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
}

const region = group(
  {
    name: regionName,
    quota,
    place: Type.Optional(
      choice([...PLACES], { description: 'Where it is: gives the latency to other places.' }),
    ),
  },
  { description: 'One region.', required: true },
);

const network = group(
  {
    oneWay: duration({
      description: 'Latency between regions whose places are not both known.',
      default: '60ms',
      from: '0ms',
      to: '5s',
    }),
    tail: decimal({
      description: 'Mean of the exponential tail, as a part of the latency.',
      default: 0.1,
      from: 0,
      to: 2,
    }),
    loss: probability('Part of the messages that are lost.'),
    duplication: probability('Part of the messages that come twice.'),
    replay: probability('Part of the messages that come once more, seconds later.'),
  },
  { description: 'What lies between the regions.' },
);

const load = group(
  {
    resource: text({ description: 'What is asked for.' }),
    dimensions: dictionary(text({ description: 'Value of a dimension.' }), {
      description: 'Dimensions that every request carries.',
      default: {},
      to: 16,
      names: text({ description: 'Name of a dimension.' }),
    }),
    key: text({ description: 'The dimension whose values differ.', default: 'tenant' }),
    keys: integer({ description: 'How many values it has.', default: 1, from: 1, to: 100_000 }),
    skew: decimal({
      description: 'The n-th value is asked for in proportion to n to the power of minus this.',
      default: 0,
      from: 0,
      to: 3,
    }),
    move: Type.Optional(
      duration({ description: 'The favourite value changes this often.', from: '100ms', to: LONGEST }),
    ),
    permits: integer({ description: 'Permits in one request.', default: 1, from: 1, to: 1_000 }),
    perSecond: decimal({ description: 'Requests a second, of all regions.', from: 0, to: 1_000_000 }),
    from: dictionary(decimal({ description: 'Part of the requests.', from: 0, to: 1_000_000 }), {
      description: 'Where requests come from, in proportion; from everywhere alike when empty.',
      default: {},
      to: 32,
      names: regionName,
    }),
    shape: choice(['steady', 'poisson', 'bursty', 'diurnal', 'roaming', 'flash'], {
      description: 'How the load changes over time.',
      default: 'poisson',
    }),
    on: duration({ description: 'bursty: how long a burst is.', default: '1s', from: '10ms', to: LONGEST }),
    off: duration({ description: 'bursty: how long a lull is.', default: '1s', from: '10ms', to: LONGEST }),
    day: duration({ description: 'diurnal: how long a day is.', default: '60s', from: '1s', to: LONGEST }),
    depth: decimal({ description: 'diurnal: how far it swings.', default: 1, from: 0, to: 5 }),
    every: duration({ description: 'roaming: stays this long.', default: '25s', from: '1s', to: LONGEST }),
    at: duration({ description: 'flash: when it comes.', default: '0s', from: '0s', to: LONGEST }),
    for: duration({ description: 'flash: how long it stays.', default: '10s', from: '10ms', to: LONGEST }),
    factor: decimal({ description: 'flash: how many times as much.', default: 10, from: 0, to: 1_000 }),
    starts: duration({
      description: 'When the first request comes.',
      default: '0s',
      from: '0s',
      to: LONGEST,
    }),
    ends: Type.Optional(duration({ description: 'When the last one comes.', from: '0s', to: LONGEST })),
  },
  { description: 'Requests that clients send.', required: true },
);

const fault = group(
  {
    at: duration({ description: 'When it happens.', from: '0s', to: LONGEST }),
    for: duration({ description: 'How long it lasts.', default: '10s', from: '1ms', to: LONGEST }),
    kind: choice(
      [
        'crash',
        'death',
        'restart',
        'pause',
        'cut',
        'one-way',
        'blackout',
        'flap',
        'clog',
        'noise',
        'clock-step',
        'clock-drift',
        'disk',
        'change',
      ],
      { description: 'What happens.' },
    ),
    region: Type.Optional(regionName),
    isolate: Type.Optional(regionNames),
    from: Type.Optional(regionNames),
    to: Type.Optional(regionNames),
    burst: yesNo({
      description: 'cut: senders keep messages and send them when it is over.',
      default: false,
    }),
    losesDisk: yesNo({ description: 'crash: the journal is lost too.', default: false }),
    period: duration({
      description: 'flap: from one failure to the next.',
      default: '2s',
      from: '100ms',
      to: '1h',
    }),
    down: decimal({ description: 'flap: part of the period that it is down.', default: 0.5, from: 0, to: 1 }),
    loss: probability('noise: part of the messages that are lost.'),
    duplication: probability('noise: part of the messages that come twice.'),
    replay: probability('noise: part of the messages that come again, seconds later.'),
    ahead: Type.Optional(duration({ description: 'clock-step: jumps ahead.', from: '1ms', to: '1h' })),
    behind: Type.Optional(duration({ description: 'clock-step: jumps back.', from: '1ms', to: '1h' })),
    percent: decimal({ description: 'clock-drift: gains this much.', default: 1, from: -50, to: 50 }),
    mood: choice(['stalled', 'failing'], { description: 'disk: what it does.', default: 'stalled' }),
    limits: dictionary(integer({ description: 'The new limit.', from: 0, to: 1_000_000_000 }), {
      description: 'change: limits that get another value, by name.',
      default: {},
      to: 100,
      names: text({ description: 'Name of a limit.' }),
    }),
    quotas: dictionary(quota, {
      description: 'change: quotas of regions; one that is new joins.',
      default: {},
      to: 32,
      names: regionName,
    }),
    remove: list(regionName, {
      description: 'change: regions that leave.',
      default: [],
      from: 0,
      to: 32,
      expects: 'names of regions',
    }),
  },
  { description: 'Something that goes wrong, or is changed.', required: true },
);

/** What can be expected of a run. */
export const MEASURES = [
  'over-admission',
  'utilisation',
  'false-denials',
  'reclaim',
  'recovery',
  'fairness',
  'peak',
  'messages',
  'bytes',
] as const;

const expectation = group(
  {
    measure: choice([...MEASURES], { description: 'What is measured.' }),
    atLeast: Type.Optional(decimal({ description: 'The least that it may be.', from: 0, to: 1_000_000_000 })),
    atMost: Type.Optional(decimal({ description: 'The most that it may be.', from: 0, to: 1_000_000_000 })),
    from: Type.Optional(duration({ description: 'Measured from then on.', from: '0s', to: LONGEST })),
    to: Type.Optional(duration({ description: 'Measured until then.', from: '0s', to: LONGEST })),
    limit: Type.Optional(text({ description: 'Under this limit only.' })),
  },
  { description: 'What the run must show.', required: true },
);

/** A scenario file. Every field's meaning, default and bounds are here and nowhere else. */
export const SCENARIO = group(
  {
    title: prose('One line: what happens.'),
    about: Type.Optional(prose('What is to be learned from it.')),
    regions: list(region, { description: 'The regions.', from: 1, to: 32, expects: 'regions' }),
    network,
    journal: yesNo({ description: 'Whether regions keep a journal.', default: true }),
    starts: text({
      description: 'What the clocks say at the start: windows are aligned to the clock.',
      default: '2026-01-01T12:00:00Z',
      expects: 'whole seconds of UTC, such as 2026-01-01T12:00:00Z',
      accepts: isMoment,
    }),
    duration: duration({ description: 'How long it runs.', from: '1s', to: LONGEST }),
    warmUp: duration({
      description: 'What is left out of the measures at the beginning.',
      default: '10s',
      from: '0s',
      to: LONGEST,
    }),
    limits: LIMITS.properties.limits,
    load: list(load, {
      description: 'What clients ask for.',
      default: [],
      from: 0,
      to: 100,
      expects: 'loads',
    }),
    recording: Type.Optional(
      text({
        description:
          'A CSV file beside this one with requests to be replayed: columns at (seconds), region, resource, permits, d.NAME.',
        expects: 'the name of a CSV file',
      }),
    ),
    faults: list(fault, {
      description: 'What goes wrong.',
      default: [],
      from: 0,
      to: 200,
      expects: 'faults',
    }),
    expect: list(expectation, {
      description: 'What the run must show.',
      default: [],
      from: 0,
      to: 100,
      expects: 'expectations',
    }),
  },
  { description: 'A scenario.', required: true },
);

export type ScenarioFile = Static<typeof SCENARIO>;
