import { join } from 'node:path';
import { parseLimitsElsewhere } from '../config/elsewhere.ts';
import { parseLimit, parseOverride, type TextResult } from '../config/limit-text.ts';
import type { LimitsPlace } from '../config/limits-file.ts';
import { formOf } from '../config/limits-form.ts';
import type { Problem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import { forgetfulStore, LineFile } from './adapters/audit/line-file.ts';
import { systemClock } from './adapters/system/clock.ts';
import { Administration } from './administration/administration.ts';
import type { LimitsFormat, OpenedStore, Reading } from './administration/ports.ts';
import type { FieldProblem } from './errors.ts';
import type { Log } from './ports.ts';
import type { RunningRegion } from './running-region.ts';

/** What problems call the body of a request. */
const BODY = 'body';

/** Limits managed here, with what an earlier life of this node remembers of them. */
export type Administered = {
  readonly administration: Administration;
  /** Resolves when all is kept and nothing is left open. */
  stop(): Promise<void>;
};

/**
 * Opens the audit log and the history beside the journal, or in memory where nothing is to outlive the process. Rejects when they cannot
 * be opened.
 */
export async function openAdministration(
  { environment, journalDirectory, members, limits, retired, timing }: Settings,
  { region, log }: { readonly region: RunningRegion; readonly log: Log },
): Promise<Administered> {
  const files: LineFile[] = [];
  const openStore = async (name: string, rotates = false): Promise<OpenedStore> => {
    if (journalDirectory === undefined) return { store: forgetfulStore, found: [] };
    const directory = join(journalDirectory, 'administration');
    const { store, found } = await LineFile.open({ directory, name, rotates, log });
    files.push(store);
    return { store, found };
  };
  const administration = new Administration({
    environment,
    region: {
      publish: (configuration) => region.publish(configuration),
      configuration: () => region.configuration(),
      view: () => region.view(),
      versions: () => region.versions(),
      isInformed: () => region.isInformed(),
    },
    format: formatFor({ environment, lookaheadEpochs: timing.lookaheadEpochs }),
    audit: await openStore('audit', true),
    history: await openStore('versions'),
    file: await openStore('limits-file'),
    clock: systemClock,
    log,
  });
  administration.start({ members, limits, retired });
  const stop = async () => {
    await administration.stop();
    await Promise.all(files.map((file) => file.stop()));
  };
  return { administration, stop };
}

/** The format of limits files, for limits of one deployment. */
export function formatFor(place: LimitsPlace): LimitsFormat {
  return {
    readSet: async (text) => {
      const result = await parseLimitsElsewhere(text, BODY, place);
      return result.ok ? { ok: true, value: result.limits } : readingOf(result);
    },
    readLimit: (text, name) => readingOf(parseLimit(text, name, { ...place, origin: BODY })),
    readOverride: (text) => readingOf(parseOverride(text, BODY)),
    write: formOf,
  };
}

function readingOf<Value>(result: TextResult<Value>): Reading<Value> {
  return result.ok ? result : { ok: false, problems: result.problems.map(fieldProblem) };
}

function fieldProblem({ path, message, hint, line, column }: Problem): FieldProblem {
  return {
    field: path,
    detail: hint === undefined ? message : `${message}; ${hint}`,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
  };
}
