import { milliseconds } from '../../config/field.ts';
import type { Findings } from '../../config/findings.ts';
import { checkLimit } from '../../config/limit-checks.ts';
import { parseQuota } from '../../config/quota.ts';
import { type Measure, WHOLE_RUN_MEASURES } from './scenario.ts';
import type { ScenarioFile } from './schema.ts';

/** Reports what no single field can tell: names that are not there or there twice, and times outside the run. */
export function checkScenario(written: ScenarioFile, findings: Findings): void {
  checkRegions(written, findings);
  checkLimits(written, findings);
  checkLoads(written, findings);
  checkTimes(written, findings);
  for (const index of written.expect.keys()) checkExpectation(written, index, findings);
}

function checkRegions({ regions }: ScenarioFile, findings: Findings): void {
  regions.forEach(({ name }, index) => {
    const first = regions.findIndex((other) => other.name === name);
    if (first === index) return;
    findings.report(`/regions/${index}/name`, {
      message: `the name ${JSON.stringify(name)} is taken`,
      hint: `regions[${first}] has it`,
    });
  });
  if (regions.every(({ quota }) => parseQuota(quota) === 0))
    findings.report('/regions', { message: 'no region has a share', hint: 'give one a quota above 0' });
}

function checkLimits({ limits }: ScenarioFile, findings: Findings): void {
  limits.forEach((limit, index) => {
    checkLimit(limit, `/limits/${index}`, findings);
    const first = limits.findIndex(({ name }) => name === limit.name);
    if (first !== index) {
      findings.report(`/limits/${index}/name`, {
        message: `the name ${JSON.stringify(limit.name)} is taken`,
        hint: `limits[${first}] has it`,
      });
    }
    if (limit.algorithm === 'concurrency') {
      findings.report(`/limits/${index}/algorithm`, {
        message: 'clients of a scenario do not hold permits',
        hint: 'a limit on rate can be played through',
      });
    }
  });
}

function checkLoads({ regions, faults, load }: ScenarioFile, findings: Findings): void {
  const joining = faults.flatMap(({ quotas }) => Object.keys(quotas));
  const names = [...new Set([...regions.map(({ name }) => name), ...joining])];
  load.forEach(({ from }, index) => {
    for (const region of Object.keys(from)) {
      if (names.includes(region)) continue;
      findings.reportKey(`/load/${index}/from/${region}`, {
        message: `there is no region ${JSON.stringify(region)}`,
        hint: `known here: ${names.join(', ')}`,
      });
    }
    const parts = Object.values(from);
    if (parts.length > 0 && parts.every((part) => part === 0))
      findings.report(`/load/${index}/from`, {
        message: 'nobody sends anything',
        hint: 'give one region a part',
      });
  });
}

/** What would happen after the end never happens, and an expectation of it would come true or not for no reason. */
function checkTimes({ duration, warmUp, faults, expect }: ScenarioFile, findings: Findings): void {
  const endMs = milliseconds(duration);
  const hint = `it runs for ${duration}`;
  if (milliseconds(warmUp) >= endMs)
    findings.report('/warmUp', { message: 'nothing is left to be measured', hint });
  faults.forEach(({ at }, index) => {
    if (milliseconds(at) >= endMs)
      findings.report(`/faults/${index}/at`, { message: 'comes after the end', hint });
  });
  expect.forEach(({ from = '0s', to = duration }, index) => {
    if (milliseconds(to) > endMs)
      findings.report(`/expect/${index}/to`, { message: 'is after the end', hint });
    else if (milliseconds(from) >= milliseconds(to))
      findings.report(`/expect/${index}/from`, { message: `is not before ${to}`, hint });
  });
}

function checkExpectation({ limits, expect }: ScenarioFile, index: number, findings: Findings): void {
  const { measure, atLeast, atMost, from, to, limit } = expect[index] ?? {};
  const names = limits.map(({ name }) => name);
  if (limit !== undefined && !names.includes(limit)) {
    findings.report(`/expect/${index}/limit`, {
      message: `there is no limit ${JSON.stringify(limit)}`,
      hint: `known here: ${names.join(', ')}`,
    });
  }
  if (atLeast === undefined && atMost === undefined)
    findings.report(`/expect/${index}`, { message: 'expects nothing', hint: 'give atLeast or atMost' });
  if ((atLeast ?? 0) > (atMost ?? Number.POSITIVE_INFINITY))
    findings.report(`/expect/${index}/atLeast`, { message: `is more than ${atMost}`, hint: 'exchange them' });
  const narrowed = { from, to, limit };
  if (measure === undefined || !WHOLE_RUN_MEASURES.has(measure satisfies Measure)) return;
  for (const [name, value] of Object.entries(narrowed)) {
    if (value === undefined) continue;
    const hint = `leave out ${name}`;
    findings.report(`/expect/${index}/${name}`, { message: `${measure} is of the whole run`, hint });
  }
}
