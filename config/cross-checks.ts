import type { Static } from 'typebox';
import { parseDuration } from './duration.ts';
import type { Findings } from './findings.ts';
import { nearestName } from './nearest.ts';
import { parseQuota } from './quota.ts';
import type { DEPLOYMENT } from './schema.ts';
import { checkStore } from './store-compile.ts';
import type { Sound } from './validate.ts';

/** A configuration as it is written, with defaults filled in. */
export type Deployment = Static<typeof DEPLOYMENT>;

/** What is sound of one. */
export type DeploymentDraft = Sound<Deployment>;

/** Largest sum of quotas in thousandths: shares of a limit of 1e9 are cut with exact integers below 2^53. */
const QUOTAS_MAX = 8_000_000;

/** Reports what is wrong between fields, as far as the fields themselves are sound. */
export function crossCheck(draft: DeploymentDraft, findings: Findings): void {
  checkNames(draft, findings);
  checkQuotas(draft, findings);
  checkStopped(draft, findings);
  checkAddresses(draft, findings);
  checkOwnRegion(draft, findings);
  checkListeners(draft, findings);
  checkTimes(draft, findings);
  checkTokens(draft, findings);
  checkStore(draft, findings);
}

function checkNames({ regions = [] }: DeploymentDraft, findings: Findings): void {
  const holders = new Map<string, number>();
  for (const [index, region] of regions.entries()) {
    if (region?.name === undefined) continue;
    const first = holders.get(region.name);
    if (first === undefined) holders.set(region.name, index);
    else {
      const hint = `regions[${first}] has it; remove one`;
      findings.report(`/regions/${index}/name`, { message: `the name "${region.name}" is taken`, hint });
    }
  }
}

function checkQuotas({ regions }: DeploymentDraft, findings: Findings): void {
  if (regions === undefined) return;
  const enabled = regions.filter((region) => region?.enabled !== false);
  // What is not sound makes the sum NaN, which is neither 0 nor too much.
  const sum = enabled.reduce((sum, region) => sum + (parseQuota(region?.quota) ?? Number.NaN), 0);
  if (sum === 0) {
    findings.report('/regions', {
      message: 'no region has a share',
      hint: 'give an enabled region a quota above 0',
    });
  }
  if (sum > QUOTAS_MAX) {
    const hint = `expected at most ${QUOTAS_MAX / 1_000} in all; only their proportions matter`;
    findings.report('/regions', { message: `the quotas add up to ${sum / 1_000}`, hint });
  }
}

function checkStopped({ regions = [] }: DeploymentDraft, findings: Findings): void {
  for (const [index, region] of regions.entries()) {
    if (region?.stopped !== true || region.enabled !== true) continue;
    const hint = 'a region that has stopped for good is given `enabled: false` too';
    findings.report(`/regions/${index}/stopped`, { message: 'the region is enabled', hint });
  }
}

function checkAddresses({ regions = [], transport, node }: DeploymentDraft, findings: Findings): void {
  if (transport?.kind !== 'mesh') return;
  const holders = new Map<string, string>();
  for (const [index, region] of regions.entries()) {
    const { name, enabled, address } = region ?? {};
    if (name === undefined || enabled !== true) continue;
    const path = `/regions/${index}/address`;
    if (address === undefined) {
      const hint = `expected where its peers reach it, such as http://${name}.example:8090, as the transport is mesh`;
      if (name !== node?.region) findings.report(path, { message: 'is missing', hint });
      continue;
    }
    const holder = holders.get(address);
    if (holder === undefined) holders.set(address, name);
    else
      findings.report(path, {
        message: `${address} is taken`,
        hint: `region ${holder} has it; each has its own`,
      });
  }
}

function checkOwnRegion({ node, regions }: DeploymentDraft, findings: Findings): void {
  const own = node?.region;
  if (own === undefined || regions === undefined || regions.some((region) => region?.name === undefined))
    return;
  const region = regions.find((candidate) => candidate?.name === own);
  if (region === undefined) {
    const names = regions.flatMap((candidate) => candidate?.name ?? []);
    const nearest = nearestName(own, names);
    const hint = nearest === undefined ? `the regions are ${names.join(', ')}` : `did you mean ${nearest}?`;
    findings.report('/node/region', { message: `there is no region "${own}"`, hint });
  } else if (region.enabled === false) {
    const hint = 'enable it, or do not start it';
    findings.report('/node/region', { message: `the region "${own}" is not enabled`, hint });
  }
}

function checkListeners({ node, transport, grpc }: DeploymentDraft, findings: Findings): void {
  const listeners = [
    { purpose: 'the HTTP interface', path: '/node/listen/port', listen: node?.listen },
    { purpose: 'the gRPC interface', path: '/grpc/listen/port', listen: grpc?.listen },
    {
      purpose: 'the mesh',
      path: '/transport/mesh/listen/port',
      listen: transport?.kind === 'mesh' ? transport.mesh?.listen : undefined,
    },
  ];
  for (const [at, { path, listen }] of listeners.entries()) {
    const other = listeners.slice(0, at).find((before) => meet(before.listen, listen));
    if (other === undefined) continue;
    const message = `port ${listen?.port} is also the port of ${other.purpose}`;
    findings.report(path, { message, hint: 'choose another for one of them' });
  }
}

type Listen = { readonly host?: string | undefined; readonly port?: number | undefined };

/** Whether two listeners want the same port of the same address; 0 is any free one, another each time. */
function meet(one: Listen | undefined, other: Listen | undefined): boolean {
  if (one?.port === undefined || one.port === 0 || one.port !== other?.port) return false;
  return one.host === other.host || isEveryAddress(one.host) || isEveryAddress(other.host);
}

function isEveryAddress(host: string | undefined): boolean {
  return host === '0.0.0.0' || host === '::';
}

function checkTimes({ synchronisation, faultTolerance }: DeploymentDraft, findings: Findings): void {
  const delta = ms(synchronisation?.deltaInterval);
  const digest = ms(synchronisation?.digestInterval);
  if (ms(synchronisation?.urgentDeltaInterval) > delta) {
    const hint = `expected at most deltaInterval, which is ${synchronisation?.deltaInterval}`;
    findings.report('/synchronisation/urgentDeltaInterval', { message: 'is too long', hint });
  }
  if (digest < delta) {
    const hint = `expected at least deltaInterval, which is ${synchronisation?.deltaInterval}`;
    findings.report('/synchronisation/digestInterval', { message: 'is too short', hint });
  }
  if (ms(synchronisation?.fullSnapshotInterval) < digest) {
    const hint = `expected at least digestInterval, which is ${synchronisation?.digestInterval}`;
    findings.report('/synchronisation/fullSnapshotInterval', { message: 'is too short', hint });
  }
  if (ms(faultTolerance?.suspicion) < 2 * ms(faultTolerance?.heartbeat)) {
    const hint = `expected at least twice heartbeat, which is ${faultTolerance?.heartbeat}`;
    findings.report('/faultTolerance/suspicion', { message: 'is too short', hint });
  }
}

function checkTokens({ security }: DeploymentDraft, findings: Findings): void {
  const holders = new Map<string, number>();
  for (const [index, token] of (security?.tokens ?? []).entries()) {
    for (const key of [token?.name, token?.hash]) {
      if (key === undefined) continue;
      const first = holders.get(key);
      holders.set(key, first ?? index);
      if (first === undefined) continue;
      const field = key === token?.name ? 'name' : 'hash';
      const hint = `security.tokens[${first}] has it; each has its own`;
      findings.report(`/security/tokens/${index}/${field}`, { message: `the ${field} is taken`, hint });
    }
  }
}

/** NaN for what is missing, as it compares as neither more nor less. */
function ms(duration: string | undefined): number {
  return duration === undefined ? Number.NaN : (parseDuration(duration) ?? Number.NaN);
}
