import type { ReadFile } from '../../config/file-text.ts';
import { type ConfigurationResult, type ConfigurationSources, loadConfiguration } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';

/** Files that exist only here. What is not listed does not exist. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): ReadFile {
  return (path) => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined;
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
}

/** A deployment that loads, in a few lines. */
export const SMALL_DEPLOYMENT = `version: 1
node: { region: east }
regions:
  - { name: east, quota: 60, address: "http://10.0.0.1:8090" }
  - { name: west, quota: 40, address: "http://10.0.0.2:8090" }
transport:
  key: 0123456789abcdef-secret
limitsFile: limits.yaml
`;

/** Limits that load. */
export const SMALL_LIMITS =
  'version: 1\nlimits:\n  - { name: all, match: { resource: "*" }, limit: 10, window: 1s }\n';

/** Loads `deployment` as `headgate.yaml`, beside the small limits. */
export function loadText(
  deployment: string | Uint8Array,
  sources: Partial<ConfigurationSources> & {
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
  } = {},
): ConfigurationResult {
  const { files = {}, ...others } = sources;
  const readFile = memoryFiles({ 'headgate.yaml': deployment, 'limits.yaml': SMALL_LIMITS, ...files });
  return loadConfiguration({ file: 'headgate.yaml', env: {}, readFile, ...others });
}

/** The problems of a result as lines; none when it loaded. */
export function problemLines(result: ConfigurationResult): string[] {
  return result.ok ? [] : result.problems.map(formatProblem);
}
