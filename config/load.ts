import { compile } from './compile.ts';
import { crossCheck, type Deployment, type DeploymentDraft } from './cross-checks.ts';
import { type ReadFile, readText } from './file-text.ts';
import { Findings } from './findings.ts';
import { freeze } from './freeze.ts';
import { checkGateway } from './gateway-checks.ts';
import type { Variables } from './interpolate.ts';
import { LinkedFiles } from './linked-files.ts';
import { override } from './overrides.ts';
import type { Problem } from './problem.ts';
import { checkOwnKeys } from './region-keys.ts';
import { DEPLOYMENT } from './schema.ts';
import { checkOpenness } from './security-checks.ts';
import { listSettings, type Setting } from './setting-list.ts';
import type { Settings } from './settings.ts';
import { fillFromStandard } from './standard-variables.ts';
import { checkTls, checkTransport } from './transport-checks.ts';
import { validate } from './validate.ts';
import { isGroup, UNREADABLE } from './written.ts';
import { readYaml } from './yaml-text.ts';

/** Largest configuration file in bytes: thousands of times what any deployment needs. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Every setting that flags and the environment may give, in the order of the reference. */
export const SETTINGS: readonly Setting[] = freeze(listSettings(DEPLOYMENT));

/** Where a configuration comes from. */
export type ConfigurationSources = {
  /** The YAML file; without it everything is given by flags and environment. */
  readonly file: string | undefined;
  /** The environment: `HEADGATE_*` settings, and what `${NAME}` in the file stands for. */
  readonly env: Variables;
  /** By the setting's path, as in `SETTINGS`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  /** `HEADGATE_*` names that are the caller's own. */
  readonly extraNames?: readonly string[];
  /** Checks the file for all nodes at once: without a region of its own, the first one stands in. */
  readonly anyRegion?: boolean;
  readonly readFile?: ReadFile;
};

/** Everything settled, or everything that is wrong. */
export type ConfigurationResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Loads a configuration: flags above `HEADGATE_*` variables above the file above defaults. Reports every problem of the
 * file, the overrides, the limits file and the secrets' files at once. Never throws.
 */
export function loadConfiguration(sources: ConfigurationSources): ConfigurationResult {
  const findings = new Findings(sources.file ?? 'configuration');
  const draft = readDraft(sources, findings);
  const linked = new LinkedFiles({ file: sources.file, readFile: sources.readFile, findings });
  const key = linked.clusterKey(draft?.transport);
  const signingKey = linked.signingKey(draft?.transport);
  if (draft !== undefined) checkOwnKeys(draft, signingKey, findings);
  linked.checkLogin(draft?.transport);
  linked.checkIdentities(draft ?? {});
  const limits = linked.limits(draft?.limitsFile, {
    environment: draft?.environment,
    lookaheadEpochs: draft?.cluster?.lookahead,
  });
  const problems = [...findings.problems(), ...limits.problems];
  if (problems.length > 0 || key === undefined) return { ok: false, problems };
  // Nothing was reported, so nothing is missing from the draft.
  const settings = compile(draft as Deployment, {
    key,
    signingKey,
    limits: limits.specs,
    pathOf: linked.pathOf,
  });
  return { ok: true, settings: freeze(settings) };
}

function readDraft(sources: ConfigurationSources, findings: Findings): DeploymentDraft | undefined {
  const { env, flags = {}, extraNames = [], anyRegion = false } = sources;
  const tree = readTree(sources, findings);
  override(tree, { settings: SETTINGS, env, flags, extraNames }, findings);
  fillFromStandard(DEPLOYMENT, tree, env);
  if (anyRegion) standIn(tree);
  const draft = validate(DEPLOYMENT, tree, findings);
  if (draft === undefined) return undefined;
  crossCheck(draft, findings);
  checkTransport(draft, findings);
  checkTls(draft, findings);
  checkGateway(draft, findings);
  checkOpenness(draft, findings);
  return draft;
}

function readTree({ file, env, readFile }: ConfigurationSources, findings: Findings): unknown {
  if (file === undefined) return { version: 1 };
  const source = readText(file, FILE_BYTES_MAX, readFile);
  if ('text' in source)
    return readYaml(source.text, { origin: file, path: '', variables: env }, findings) ?? {};
  const { wrong, line, ...hint } = source;
  const place = line === undefined ? { origin: file } : { origin: file, line };
  findings.reportPlace('', place, { message: `the file ${wrong}`, ...hint });
  return UNREADABLE;
}

/** Makes the first enabled region this node's own where it has none. */
function standIn(tree: unknown): void {
  if (!isGroup(tree) || !Array.isArray(tree['regions'])) return;
  tree['node'] ??= {};
  const first = tree['regions'].find((region) => isGroup(region) && region['enabled'] !== false);
  if (isGroup(tree['node']) && isGroup(first)) tree['node']['region'] ??= first['name'];
}
