import type { DeploymentDraft } from './cross-checks.ts';
import type { Findings } from './findings.ts';
import { childPath } from './path.ts';

type Gateway = NonNullable<DeploymentDraft['gateway']>;

/** Where a dimension may come from that needs a name there, and the field with the name. */
const SOURCES = [
  ['header', 'header'],
  ['baggage', 'key'],
] as const;

/** Reports what is wrong between the fields of the gateway, as far as the fields themselves are sound. */
export function checkGateway({ gateway }: DeploymentDraft, findings: Findings): void {
  if (gateway?.preset === undefined) return;
  if (gateway.preset === 'none') refuseWithoutPreset(gateway, findings);
  else {
    checkPrefix(gateway, findings);
    checkResource(gateway, findings);
    checkDimensions(gateway, findings);
  }
}

function refuseWithoutPreset(gateway: Gateway, findings: Findings): void {
  const {
    denyStatus,
    trustQuery,
    trustedProxies = [],
    dimensions = {},
    request = {},
    resource = {},
  } = gateway;
  const given = {
    denyStatus: denyStatus !== undefined,
    trustQuery: trustQuery === true,
    trustedProxies: trustedProxies.length > 0,
    dimensions: Object.keys(dimensions).length > 0,
    request: Object.keys(request).length > 0,
    resource: resource.from !== 'path',
  };
  for (const [name, isGiven] of Object.entries(given)) {
    if (!isGiven) continue;
    const hint = 'choose a preset, or remove it';
    findings.report(`/gateway/${name}`, { message: 'has no effect, as the preset is none', hint });
  }
}

function checkPrefix({ preset, pathPrefix, request }: Gateway, findings: Findings): void {
  if (pathPrefix === undefined || pathPrefix === '/check') return;
  if (preset === 'envoy-ext-authz' && request?.uri === undefined) return;
  const message = 'has no effect, as the original path comes from a header field';
  findings.report('/gateway/pathPrefix', { message, hint: 'remove it' });
}

function checkResource({ resource = {} }: Gateway, findings: Findings): void {
  for (const name of ['header', 'constant'] as const) {
    const path = `/gateway/resource/${name}`;
    if (resource.from === name && resource[name] === undefined)
      findings.report(path, { message: 'is missing', hint: `expected, as from is ${name}` });
    if (resource.from !== undefined && resource.from !== name && resource[name] !== undefined)
      findings.report(path, {
        message: `has no effect, as from is ${resource.from}`,
        hint: `set from: ${name}, or remove it`,
      });
  }
}

function checkDimensions({ dimensions = {}, trustedProxies }: Gateway, findings: Findings): void {
  for (const [name, dimension] of Object.entries(dimensions)) {
    const { from } = dimension ?? {};
    const path = childPath('/gateway/dimensions', name);
    for (const [source, field] of SOURCES) {
      const isGiven = dimension?.[field] !== undefined;
      if (from === source && !isGiven)
        findings.report(`${path}/${field}`, {
          message: 'is missing',
          hint: `expected, as from is ${source}`,
        });
      else if (from !== undefined && from !== source && isGiven) {
        const hint = `set from: ${source}, or remove it`;
        findings.report(`${path}/${field}`, { message: `has no effect, as from is ${from}`, hint });
      }
    }
    if (from === 'client-address' && trustedProxies?.length === 0) {
      const hint = 'list the gateway in trustedProxies, or it counts as the only client there is';
      findings.report(`${path}/from`, { message: 'nobody is trusted to tell clients apart', hint });
    }
  }
}
