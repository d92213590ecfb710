import { milliseconds } from '../../config/field.ts';
import type { Findings } from '../../config/findings.ts';
import { parseQuota } from '../../config/quota.ts';
import type { RegionId } from '../../crdt/index.ts';
import type { Configuration } from '../../src/core/version.ts';
import type { Fault, LinkName, Plan } from '../plan.ts';
import type { Loss } from './scenario.ts';
import type { ScenarioFile } from './schema.ts';

type Written = ScenarioFile['faults'][number];

/** The faults that a scenario asks for, the first first. What a kind needs and does not find is reported. */
export function compileFaults(written: readonly Written[], plan: Plan, findings: Findings): Fault[] {
  let configuration: Configuration = { members: plan.members, limits: plan.limits, retired: [] };
  const inOrder = [...written.entries()].sort(([, a], [, b]) => milliseconds(a.at) - milliseconds(b.at));
  return inOrder.flatMap(([index, fault]): Fault[] => {
    const compiling = new Compiling(fault, plan, configuration, (message, hint) =>
      findings.report(`/faults/${index}`, { message, hint }),
    );
    const compiled = compiling.fault();
    if (compiled?.kind === 'change') configuration = compiled.configuration;
    return compiled === undefined ? [] : [compiled];
  });
}

/** When which regions are lost to the others: their processes are gone, or nothing gets through to them. */
export function lossesOf({ faults, members, faultyMs }: Plan): Loss[] {
  return faults.flatMap((fault): Loss[] => {
    if (fault.kind === 'death') return [{ regions: [fault.region], atMs: fault.atMs, untilMs: faultyMs }];
    if (fault.kind === 'crash' || fault.kind === 'restart' || fault.kind === 'pause') {
      return [{ regions: [fault.region], atMs: fault.atMs, untilMs: fault.atMs + fault.forMs }];
    }
    if (fault.kind !== 'cut') return [];
    const regions = cutOff(
      fault.links,
      members.map(({ region }) => region),
    );
    return regions.length === 0 ? [] : [{ regions, atMs: fault.atMs, untilMs: fault.atMs + fault.forMs }];
  });
}

/** The smaller side of a cut: regions that are in contact both ways with less than half. */
function cutOff(links: readonly LinkName[], regions: readonly RegionId[]): RegionId[] {
  const isCut = (a: RegionId, b: RegionId) => links.some(([from, to]) => from === a && to === b);
  const sides = regions.map((region) =>
    regions.filter((other) => other === region || !(isCut(region, other) || isCut(other, region))),
  );
  return regions.filter((_, at) => (sides[at]?.length ?? 0) * 2 < regions.length);
}

class Compiling {
  readonly #written: Written;
  readonly #plan: Plan;
  readonly #configuration: Configuration;
  readonly #complain: (message: string, hint: string) => void;

  constructor(
    written: Written,
    plan: Plan,
    configuration: Configuration,
    complain: (message: string, hint: string) => void,
  ) {
    this.#written = written;
    this.#plan = plan;
    this.#configuration = configuration;
    this.#complain = complain;
  }

  fault(): Fault | undefined {
    const { kind } = this.#written;
    const atMs = milliseconds(this.#written.at);
    const forMs = milliseconds(this.#written.for);
    switch (kind) {
      case 'cut':
      case 'one-way':
      case 'blackout':
      case 'flap':
      case 'clog':
        return this.#onLinks(kind, { atMs, forMs });
      case 'noise': {
        const { loss, duplication, replay } = this.#written;
        return { kind, atMs, forMs, loss, duplication, replay };
      }
      case 'change':
        return this.#change(atMs);
      default: {
        const region = this.#region();
        return region === undefined ? undefined : this.#inRegion(kind, region, { atMs, forMs });
      }
    }
  }

  #inRegion(
    kind: Exclude<Written['kind'], 'cut' | 'one-way' | 'blackout' | 'flap' | 'clog' | 'noise' | 'change'>,
    region: RegionId,
    { atMs, forMs }: { readonly atMs: number; readonly forMs: number },
  ): Fault {
    const { losesDisk, ahead, behind, percent, mood } = this.#written;
    switch (kind) {
      case 'crash':
        return { kind, region, atMs, forMs, losesDisk, clockBackMs: 0 };
      case 'death':
        return { kind, region, atMs };
      case 'restart':
      case 'pause':
        return { kind, region, atMs, forMs };
      case 'clock-step': {
        const byMs = (ahead === undefined ? 0 : milliseconds(ahead)) - (behind ? milliseconds(behind) : 0);
        return { kind: 'step', region, atMs, byMs };
      }
      case 'clock-drift':
        return { kind: 'drift', region, atMs, forMs, partsPerMillion: percent * 10_000 };
      case 'disk':
        return { kind, region, atMs, forMs, mood };
    }
  }

  #onLinks(
    kind: 'cut' | 'one-way' | 'blackout' | 'flap' | 'clog',
    { atMs, forMs }: { readonly atMs: number; readonly forMs: number },
  ): Fault {
    const links = this.#links(kind);
    const { burst, period, down } = this.#written;
    if (kind === 'flap') {
      return { kind, atMs, forMs, links, periodMs: milliseconds(period), downPart: down };
    }
    if (kind === 'clog') return { kind, atMs, forMs, links };
    return { kind: 'cut', atMs, forMs, links, burst };
  }

  #links(kind: string): LinkName[] {
    const regions = this.#configuration.members.map(({ region }) => region);
    const others = (side: readonly RegionId[]) => regions.filter((region) => !side.includes(region));
    const { isolate, from, to } = this.#written;
    if (kind === 'blackout') return between(regions, regions);
    if (isolate !== undefined) {
      this.#know(isolate);
      return [...between(isolate, others(isolate)), ...between(others(isolate), isolate)];
    }
    if (from === undefined)
      this.#complain(`a fault of kind ${kind} needs links`, 'give isolate, or from and to');
    this.#know([...(from ?? []), ...(to ?? [])]);
    const oneWay = between(from ?? [], to ?? others(from ?? []));
    return kind === 'one-way' ? oneWay : [...oneWay, ...oneWay.map(([a, b]): LinkName => [b, a])];
  }

  #change(atMs: number): Fault | undefined {
    const { limits, quotas, remove, region } = this.#written;
    const { members } = this.#configuration;
    const weights = new Map(members.map((member) => [member.region, member.weight]));
    for (const [name, quota] of Object.entries(quotas)) weights.set(name, parseQuota(quota) ?? 0);
    for (const name of remove) weights.delete(name);
    const unknown = Object.keys(limits).filter(
      (name) => !this.#plan.limits.some((limit) => limit.name === name),
    );
    if (unknown.length > 0)
      this.#complain(`there is no limit ${unknown.join(', ')}`, 'change one that there is');
    const publisher = region ?? members[0]?.region;
    if (publisher === undefined) return undefined;
    return {
      kind: 'change',
      region: publisher,
      atMs,
      configuration: {
        members: [...weights].map(([name, weight]) => ({ region: name, weight })),
        limits: this.#configuration.limits.map((limit) => ({
          ...limit,
          limit: limits[limit.name] ?? limit.limit,
        })),
        retired: [],
      },
    };
  }

  #region(): RegionId | undefined {
    const { region, kind } = this.#written;
    if (region === undefined) this.#complain(`a fault of kind ${kind} needs a region`, 'give region');
    else this.#know([region]);
    return region;
  }

  #know(named: readonly RegionId[]): void {
    const regions = this.#configuration.members.map(({ region }) => region);
    const unknown = named.filter((region) => !regions.includes(region));
    if (unknown.length === 0) return;
    this.#complain(`there is no region ${unknown.join(', ')}`, `known by then: ${regions.join(', ')}`);
  }
}

function between(from: readonly RegionId[], to: readonly RegionId[]): LinkName[] {
  return from.flatMap((a) => to.filter((b) => b !== a).map((b): LinkName => [a, b]));
}
