import type { Findings } from './findings.ts';
import type { Variables } from './interpolate.ts';
import { nearestName } from './nearest.ts';
import { childPath, type Path } from './path.ts';
import type { Setting } from './setting-list.ts';
import { isGroup, RawText } from './written.ts';
import { readYaml } from './yaml-text.ts';

/** What may stand above the file. */
export type OverrideSources = {
  readonly settings: readonly Setting[];
  /** By the setting's path; above the environment. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** `HEADGATE_*`; an empty value counts as none. */
  readonly env: Variables;
  /** `HEADGATE_*` names that mean something to the caller. */
  readonly extraNames: readonly string[];
};

/** A service called "headgate" makes Kubernetes set these in every pod of its namespace. */
const SERVICE_LINK =
  /^HEADGATE_(.*_)?(SERVICE_(HOST|PORT(_.*)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/**
 * Writes flags and `HEADGATE_*` variables over what the file says in `tree`, which it changes, and records where each
 * came from. Reports names that are no setting.
 */
export function override(tree: unknown, sources: OverrideSources, findings: Findings): void {
  for (const setting of sources.settings) {
    const { env, flag, path } = setting;
    const fromEnv = Object.hasOwn(sources.env, env) ? sources.env[env] : undefined;
    const fromFlag = Object.hasOwn(sources.flags, path) ? sources.flags[path] : undefined;
    if (fromFlag !== undefined) put(tree, { setting, text: fromFlag, origin: flag }, findings);
    else if (fromEnv !== undefined && fromEnv !== '')
      put(tree, { setting, text: fromEnv, origin: env }, findings);
  }
  refuseUnknownNames(sources, findings);
}

type Given = { readonly setting: Setting; readonly text: string; readonly origin: string };

function put(tree: unknown, { setting, text, origin }: Given, findings: Findings): void {
  const keys = setting.path.split('.');
  const last = keys.pop();
  let group = tree;
  for (const key of keys) group = inner(group, key);
  // Where the file has something else than a group, that is the problem to report.
  if (last === undefined || !isGroup(group)) return;
  const path = [...keys, last].reduce<Path>(childPath, '');
  findings.replace(path, { origin });
  group[last] =
    setting.type === 'JSON'
      ? readYaml(text, { origin, path, variables: undefined }, findings)
      : new RawText(text, text);
}

/** The group under `key`, made where there is none. */
function inner(group: unknown, key: string): unknown {
  if (!isGroup(group)) return undefined;
  group[key] ??= {};
  return group[key];
}

function refuseUnknownNames({ settings, env, flags, extraNames }: OverrideSources, findings: Findings): void {
  const names = [...settings.map((setting) => setting.env), ...extraNames];
  const known = new Set(names);
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('HEADGATE_') || known.has(name) || value === undefined) continue;
    if (isServiceLink(name, value)) continue;
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? 'unset it' : `did you mean ${nearest}?`;
    findings.reportPlace('', { origin: name }, { message: 'no such setting', hint });
  }
  for (const path of Object.keys(flags)) {
    if (settings.some((setting) => setting.path === path)) continue;
    findings.reportPlace('', { origin: `flag ${path}` }, { message: 'no such setting' });
  }
}

function isServiceLink(name: string, value: string): boolean {
  const isPort = name.endsWith('_PORT') && !name.endsWith('_SERVICE_PORT');
  return SERVICE_LINK.test(name) && (!isPort || /^(tcp|udp|sctp):\/\//.test(value));
}
