import { dirname, resolve } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { milliseconds } from '../../config/field.ts';
import { type ReadFile, readText } from '../../config/file-text.ts';
import { Findings } from '../../config/findings.ts';
import { specOf } from '../../config/limits-file.ts';
import type { Problem } from '../../config/problem.ts';
import { parseQuota } from '../../config/quota.ts';
import { validate } from '../../config/validate.ts';
import { readYaml } from '../../config/yaml-text.ts';
import { DEFAULT_TIMING } from '../../src/core/cluster.ts';
import type { Load, LoadShape } from '../load.ts';
import type { Plan } from '../plan.ts';
import { checkScenario } from './check-scenario.ts';
import { compileFaults, lossesOf } from './compile-faults.ts';
import { oneWayMs } from './places.ts';
import { readRecording } from './recording.ts';
import type { Expectation, Scenario } from './scenario.ts';
import { SCENARIO, type ScenarioFile } from './schema.ts';

const SCENARIO_BYTES_MAX = 1024 * 1024;
const RECORDING_BYTES_MAX = 128 * 1024 * 1024;

/** A scenario, or everything that is wrong with its file. */
export type ScenarioResult =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a scenario file; `seed` names the run. Never throws. */
export function loadScenario(file: string, seed: number, readFile?: ReadFile): ScenarioResult {
  const source = readText(file, SCENARIO_BYTES_MAX, readFile);
  if (!('text' in source)) {
    const { wrong, ...where } = source;
    return { ok: false, problems: [{ origin: file, path: '', message: `the file ${wrong}`, ...where }] };
  }
  const findings = new Findings(file);
  const tree = readYaml(source.text, { origin: file, path: '', variables: undefined }, findings) ?? {};
  const draft = validate(SCENARIO, tree, findings);
  if (findings.problems().length > 0) return { ok: false, problems: findings.problems() };
  // Nothing was reported, so nothing is missing from the draft.
  const written = draft as ScenarioFile;
  checkScenario(written, findings);
  const plan = planOf(written, seed, findings);
  const recorded =
    written.recording === undefined ? undefined : recordedOf(file, written, { findings, readFile });
  const problems = findings.problems();
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    scenario: {
      title: written.title,
      about: written.about,
      plan: recorded === undefined ? plan : { ...plan, recorded },
      warmUpMs: milliseconds(written.warmUp),
      losses: lossesOf(plan),
      expectations: written.expect.map((expectation) => expectationOf(expectation, plan)),
    },
  };
}

type Reading = { readonly findings: Findings; readonly readFile: ReadFile | undefined };

/** The requests of the recording that a scenario names, from where the scenario is. */
function recordedOf(
  file: string,
  { recording = '', regions }: ScenarioFile,
  { findings, readFile }: Reading,
) {
  const source = readText(resolve(dirname(file), recording), RECORDING_BYTES_MAX, readFile);
  if (!('text' in source)) {
    findings.report('/recording', {
      message: `the file ${source.wrong}`,
      hint: 'it is looked for beside the scenario',
    });
    return undefined;
  }
  const read = readRecording(source.text, new Set(regions.map(({ name }) => name)));
  if (read.ok) return read.requests;
  findings.report('/recording', { message: `line ${read.line}: ${read.message}`, hint: read.hint });
  return undefined;
}

function planOf(written: ScenarioFile, seed: number, findings: Findings): Plan {
  const members = written.regions.map(({ name, quota }) => ({
    region: name,
    weight: parseQuota(quota) ?? 0,
  }));
  const limits = written.limits.map((limit) => specOf(limit));
  const { oneWay, tail, loss, duplication, replay } = written.network;
  const bare: Plan = {
    seed: `scenario ${seed}`,
    startMs: Temporal.Instant.from(written.starts).epochMilliseconds,
    faultyMs: milliseconds(written.duration),
    healMs: 0,
    quietMs: 0,
    members,
    limits,
    timing: DEFAULT_TIMING,
    journaling: written.journal,
    network: {
      latencyMs: milliseconds(oneWay),
      latencies: latenciesOf(written),
      tail,
      loss,
      duplication,
      replay,
    },
    clocks: [],
    load: written.load.map((load) => loadOf(load, written)),
    refunds: 0,
    faults: [],
    frames: true,
  };
  return { ...bare, faults: compileFaults(written.faults, bare, findings) };
}

function latenciesOf({ regions }: ScenarioFile): Plan['network']['latencies'] {
  return regions.flatMap((a, at) =>
    regions.slice(at + 1).flatMap((b): Plan['network']['latencies'] => {
      if (a.place === undefined || b.place === undefined) return [];
      return [[a.name, b.name, oneWayMs(a.place, b.place)]];
    }),
  );
}

function loadOf(load: ScenarioFile['load'][number], { regions }: ScenarioFile): Load {
  const from = Object.entries(load.from);
  return {
    resource: load.resource,
    dimensions: load.dimensions,
    keys: {
      dimension: load.key,
      count: load.keys,
      skew: load.skew,
      moveMs: load.move === undefined ? 0 : milliseconds(load.move),
    },
    permits: [load.permits, load.permits],
    perSecond: load.perSecond,
    origins: from.length > 0 ? from : regions.map(({ name }) => [name, 1]),
    shape: shapeOf(load),
    fromMs: milliseconds(load.starts),
    untilMs: load.ends === undefined ? Number.MAX_SAFE_INTEGER : milliseconds(load.ends),
  };
}

function shapeOf(load: ScenarioFile['load'][number]): LoadShape {
  switch (load.shape) {
    case 'steady':
    case 'poisson':
      return { kind: load.shape };
    case 'bursty':
      return { kind: 'bursty', onMs: milliseconds(load.on), offMs: milliseconds(load.off) };
    case 'diurnal':
      return { kind: 'diurnal', dayMs: milliseconds(load.day), depth: load.depth };
    case 'roaming':
      return { kind: 'roaming', everyMs: milliseconds(load.every) };
    case 'flash': {
      const { at, for: forHow, factor } = load;
      return { kind: 'flash', atMs: milliseconds(at), forMs: milliseconds(forHow), factor };
    }
  }
}

function expectationOf(written: ScenarioFile['expect'][number], plan: Plan): Expectation {
  const { measure, atLeast, atMost, from, to, limit } = written;
  return {
    measure,
    atLeast,
    atMost,
    fromMs: from === undefined ? 0 : milliseconds(from),
    toMs: to === undefined ? plan.faultyMs : milliseconds(to),
    limit,
  };
}
