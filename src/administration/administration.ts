import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { VERSIONS_MAX } from '../bounds.ts';
import type { LimitSpec } from '../core/limit.ts';
import type { Configuration } from '../core/version.ts';
import { HeadgateError } from '../errors.ts';
import type { Cancel, Clock, Log } from '../ports.ts';
import { affectedBy } from './affected.ts';
import type { Changed, CurrentLimits, Request, VersionDifference, VersionList } from './answers.ts';
import { type AuditEntry, type AuditPage, AuditTrail } from './audit-trail.ts';
import { JOURNAL_WAIT_MS, LOOK_EVERY_MS } from './bounds.ts';
import { type Difference, differenceOf, differenceText, isNoDifference, summaryOf } from './diff.ts';
import { accepted, type Edit, limitsAfter, type WholeEdit } from './edits.ts';
import { cut, type Origin, VersionHistory } from './history.ts';
import { LimitsFileWatch } from './limits-file-watch.ts';
import type { AdministeredRegion, KnownVersion, LimitsFormat, OpenedStore } from './ports.ts';
import { versionName } from './version-name.ts';

export type AdministrationOptions = {
  readonly environment: string;
  readonly region: AdministeredRegion;
  readonly format: LimitsFormat;
  readonly audit: OpenedStore;
  readonly history: OpenedStore;
  /** What the limits file last said. */
  readonly file: OpenedStore;
  readonly clock: Clock;
  readonly log: Log;
};

type Plan = { readonly next: Configuration; readonly from: string; readonly difference: Difference };

/**
 * Limits managed in one place: every change becomes the next version for all regions, with who made it, on which grounds, and what it
 * changed. One change is made at a time here; changes that are made elsewhere at the same time end in one order everywhere.
 *
 * Nothing is published that the audit log could not take down first. Throws `HeadgateError` with nothing changed.
 */
export class Administration {
  readonly #options: AdministrationOptions;
  readonly #audit: AuditTrail;
  readonly #history: VersionHistory;
  readonly #file: LimitsFileWatch;
  readonly #origins = new Map<string, Origin>();
  #turn: Promise<unknown> = Promise.resolve();
  #cancel: Cancel | undefined;

  constructor(options: AdministrationOptions) {
    const { audit, history, file, format, log } = options;
    this.#options = options;
    this.#audit = new AuditTrail(audit, log);
    this.#history = new VersionHistory(history, format, log);
    this.#file = new LimitsFileWatch(file, format);
  }

  /** Takes in what the files say at the start, and from then on whatever versions the region comes to know. */
  start(file: Configuration): void {
    this.takeFile(file);
    this.#look();
    this.#cancel = this.#options.clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  /** Resolves when what is under way is kept. */
  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#turn;
  }

  /** Publishes what the files newly say; whether there was anything. What others changed stays where the files say nothing new. */
  takeFile(file: Configuration): 'published' | 'unchanged' {
    const { region, log } = this.#options;
    const next = this.#file.next(file, region.configuration());
    if (next !== undefined) {
      const from = this.#newest();
      region.publish(next);
      const to = this.#newest();
      const origin = { action: 'limits-file', by: 'the limits file' };
      if (to.fingerprint !== from.fingerprint) {
        this.#origins.set(versionName(to.id), origin);
        void this.#inTurn(() => this.#noteFile(from, to));
        // What was refused, as too many versions are not settled, is new still when it is read again.
      } else if (region.isInformed()) return 'unchanged';
    }
    void this.#inTurn(() => this.#file.remember()).catch((error: unknown) =>
      log.error('history_not_written', { error }),
    );
    if (this.fileRemark() !== undefined) log.warn('limits_differ_from_file', { remark: this.fileRemark() });
    return next === undefined ? 'unchanged' : 'published';
  }

  /** In words, that other limits are in force than the files have; undefined where they are the same. */
  fileRemark(): string | undefined {
    if (!this.#file.differsFrom(this.#options.region.configuration())) return undefined;
    const name = versionName(this.#newest().id);
    return `the limits in force are those of version ${name}, not those of the limits file`;
  }

  current(): CurrentLimits {
    const { environment, format, region } = this.#options;
    const newest = this.#newest();
    return {
      version: versionName(newest.id),
      fingerprint: newest.fingerprint,
      environment,
      source: this.#originOf(newest),
      differsFromFile: this.#file.differsFrom(region.configuration()),
      limits: newest.configuration.limits.map((limit) => format.write(limit)),
    };
  }

  /** The versions that are remembered, newest first. */
  versions(): VersionList {
    this.#look();
    const newest = versionName(this.#newest().id);
    const versions = this.#history.entries().map(({ recorded, adopted }) => {
      const { id, kind: _, content, ...rest } = recorded;
      const version = versionName(id);
      return {
        version,
        ...rest,
        newest: version === newest,
        limits: content.limits.length,
        adopted: [...adopted].map(([region, epoch]) => ({ region, epoch })),
      };
    });
    return { durable: this.#history.durable, versions: versions.reverse() };
  }

  /** What makes version `b` another than version `a`. Throws `unknown_version`. */
  diff(a: string, b: string): VersionDifference {
    this.#look();
    const [from, to] = [this.#history.find(a), this.#history.find(b)];
    const difference = differenceOf(from.content, to.content);
    return {
      from: versionName(from.id),
      to: versionName(to.id),
      difference,
      text: differenceText(difference),
    };
  }

  audit(query: { readonly sinceMs: number; readonly limit: number }): AuditPage {
    return this.#audit.page(query);
  }

  /** Changes the limits, or says what would change. Rejects with a `HeadgateError` when nothing was changed. */
  change(edit: Edit, request: Request): Promise<Changed> {
    return this.#inTurn(async () => {
      try {
        return await this.#change(edit, request);
      } catch (error) {
        if (error instanceof HeadgateError && request.dryRun !== true)
          await this.#audit.note({ ...this.#entry(edit, request), outcome: 'refused', code: error.code });
        throw error;
      }
    });
  }

  /** Takes down that something was done which is no change of limits, such as a drain, before it is done. */
  async record(action: string, { actor, requestId, comment }: Request): Promise<void> {
    const from = versionName(this.#newest().id);
    const entry = this.#entryOf({ action, from, to: from, actor, requestId, comment });
    await this.#take({ ...entry, outcome: 'changed' });
  }

  async #change(edit: Edit, request: Request): Promise<Changed> {
    const whole = await this.#readWhole(edit);
    let plan = this.#plan(edit, request, whole);
    const { difference } = plan;
    if (isNoDifference(difference) || request.dryRun === true) return this.#answer(plan, request, plan.from);
    const begun = this.#entry(edit, request);
    await this.#take({ ...begun, changes: cut(summaryOf(difference)) });
    try {
      // While the disk was busy, another region may have been heard.
      if (versionName(this.#newest().id) !== plan.from) plan = this.#plan(edit, request, whole);
      const answer = this.#publish(plan, edit, request);
      const { from, version: to } = answer;
      const changes = cut(summaryOf(plan.difference));
      await this.#audit.note({ ...begun, from, to, outcome: 'changed', changes });
      return { ...answer, durable: answer.durable && (await this.#isJournaled(to)) };
    } catch (error) {
      if (error instanceof HeadgateError)
        await this.#audit.note({ ...begun, outcome: 'refused', code: error.code });
      throw error;
    }
  }

  #plan(edit: Edit, { ifMatch }: Request, whole: readonly LimitSpec[] | undefined): Plan {
    const { region, format } = this.#options;
    const known = region.versions();
    if (!region.isInformed())
      throw new HeadgateError('cannot_publish', {
        detail: 'This region has not heard yet which versions there are.',
      });
    if (known.length >= VERSIONS_MAX)
      throw new HeadgateError('cannot_publish', {
        detail: `${known.length} versions wait for regions that have not adopted them; bring these back first.`,
      });
    const newest = this.#newest();
    const from = versionName(newest.id);
    if (ifMatch !== undefined && !ifMatch.includes('*') && !ifMatch.includes(from))
      throw new HeadgateError('version_changed', { detail: `The newest version is ${from}.` });
    const { members, retired, limits } = newest.configuration;
    const after = isWhole(edit) ? (whole ?? limits) : limitsAfter(edit, limits, format);
    const next = { members, retired, limits: after };
    const contents = [newest.configuration, next].map((configuration) =>
      this.#history.contentOf({ ...newest, configuration }),
    );
    const [before, then] = contents as [(typeof contents)[0], (typeof contents)[0]];
    return { next, from, difference: differenceOf(before, then) };
  }

  /** All limits as an edit wants them, where it is about all; there may be thousands, which takes its time elsewhere. */
  async #readWhole(edit: Edit): Promise<readonly LimitSpec[] | undefined> {
    const { format } = this.#options;
    if (edit.kind === 'replace') return accepted(await format.readSet(edit.text));
    if (edit.kind !== 'roll-back') return undefined;
    const { limits } = this.#history.find(edit.to).content;
    return accepted(await format.readSet(JSON.stringify({ version: 1, limits })));
  }

  #publish(plan: Plan, edit: Edit, request: Request): Changed {
    const { region, log } = this.#options;
    const answer = this.#answer(plan, request, plan.from);
    region.publish(plan.next);
    const version = versionName(this.#newest().id);
    if (version === plan.from) throw new HeadgateError('cannot_publish');
    const { actor, comment } = request;
    this.#origins.set(version, {
      action: actionOf(edit),
      by: actor.name,
      ...(comment !== undefined && { comment }),
    });
    this.#look();
    log.info('limits_changed', { action: actionOf(edit), by: actor.name, from: plan.from, to: version });
    return { ...answer, changed: true, version };
  }

  #answer({ next, from, difference }: Plan, { dryRun = false }: Request, version: string): Changed {
    const { region } = this.#options;
    const text = differenceText(difference);
    const affected = affectedBy([region.configuration(), next], difference, region.view());
    const durable = this.#history.durable;
    return { dryRun, changed: false, from, version, difference, text, affected, durable };
  }

  /** Waits until this region's journal holds the version, so that no restart undoes it; false when that takes too long. */
  #isJournaled(name: string): Promise<boolean> {
    const { clock, region } = this.#options;
    // What was forgotten meanwhile is settled everywhere.
    const isTold = () => region.versions().find(({ id }) => versionName(id) === name)?.told !== false;
    if (isTold()) return Promise.resolve(true);
    const until = clock.now().monoMs + JOURNAL_WAIT_MS;
    return new Promise((resolve) => {
      const cancel = clock.every(25, () => {
        if (!isTold() && clock.now().monoMs < until) return;
        cancel();
        resolve(isTold());
      });
    });
  }

  async #take(entry: AuditEntry): Promise<void> {
    try {
      await this.#audit.write(entry);
    } catch (cause) {
      this.#options.log.error('audit_not_written', { action: entry.action, error: cause });
      throw new HeadgateError('audit_unavailable', { cause });
    }
  }

  async #noteFile(from: KnownVersion, to: KnownVersion): Promise<void> {
    // What waits to be decided goes first: comparing thousands of limits takes its time.
    await setImmediate();
    const [before, after] = [from, to].map((version) => this.#history.contentOf(version));
    if (before === undefined || after === undefined) return;
    const entry = this.#entryOf({
      action: 'limits-file',
      from: versionName(from.id),
      to: versionName(to.id),
      actor: { name: 'the limits file', role: 'admin', address: undefined },
      requestId: randomUUID(),
    });
    await this.#audit.note({
      ...entry,
      outcome: 'changed',
      changes: cut(summaryOf(differenceOf(before, after))),
    });
  }

  #entry(edit: Edit, { actor, requestId, comment }: Request): AuditEntry {
    const target = edit.kind === 'roll-back' ? edit.to : edit.kind === 'replace' ? undefined : edit.name;
    const from = versionName(this.#newest().id);
    return this.#entryOf({ action: actionOf(edit), target, from, actor, requestId, comment });
  }

  #entryOf({
    target,
    comment,
    to,
    ...rest
  }: Pick<AuditEntry, 'action' | 'from' | 'actor' | 'requestId'> & {
    readonly target?: string | undefined;
    readonly comment?: string | undefined;
    readonly to?: string;
  }): AuditEntry {
    const { clock, environment } = this.#options;
    return {
      id: randomUUID(),
      atMs: Math.round(clock.now().wallMs),
      environment,
      ...rest,
      ...(target !== undefined && { target }),
      ...(to !== undefined && { to }),
      ...(comment !== undefined && { comment }),
      outcome: 'unknown',
    };
  }

  #newest(): KnownVersion {
    const newest = this.#options.region.versions().at(-1);
    if (newest === undefined) throw new HeadgateError('internal');
    return newest;
  }

  #look(): void {
    const { region, clock } = this.#options;
    const origin = (version: KnownVersion) => this.#originOf(version);
    void this.#history.learn(region.versions(), origin, Math.round(clock.now().wallMs));
  }

  #originOf({ id, fingerprint }: KnownVersion): Origin {
    const [number, publisher] = id;
    const known = this.#origins.get(versionName(id)) ?? this.#history.originOf(id, fingerprint);
    if (known !== undefined) return known;
    if (number === 0) return { action: 'start', by: 'the limits file' };
    return { action: 'heard', by: `region ${publisher}` };
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }
}

function actionOf({ kind }: Edit): string {
  return ACTIONS[kind];
}

const ACTIONS: Readonly<Record<Edit['kind'], string>> = {
  replace: 'limits.replace',
  put: 'limit.put',
  remove: 'limit.delete',
  'put-override': 'override.put',
  'remove-override': 'override.delete',
  'roll-back': 'rollback',
};

function isWhole(edit: Edit): edit is WholeEdit {
  return edit.kind === 'replace' || edit.kind === 'roll-back';
}
