import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const FOLDERS = ['crdt', 'src', 'transport', 'config', 'simulations', 'scripts', 'test'];
const FOLDERS_REQUIRED = ['crdt', 'src'];

/** What a look at the imports found. It passed when `problems` is empty. */
export interface ImportReport {
  readonly problems: readonly string[];
  readonly modules: number;
  readonly dependencies: number;
  readonly absentFolders: readonly string[];
}

/**
 * Checks every TypeScript file below `root` against the import table in `configFile`.
 *
 * A tool that reads no files finds no fault in them, so the files it read are compared with the files on disk:
 * each one that it did not see is a problem, and so is a tree without crdt/ or src/.
 */
export async function checkImports(root: string, configFile: string): Promise<ImportReport> {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const files = folders.flatMap((folder) => sourceFiles(root, folder));
  const absentFolders = FOLDERS.filter((folder) => !folders.includes(folder));
  const missing = FOLDERS_REQUIRED.filter((folder) => !files.some((file) => file.startsWith(`${folder}/`)));
  if (missing.length > 0) {
    const problems = missing.map((folder) => `no TypeScript files in ${folder}/`);
    return { problems, modules: 0, dependencies: 0, absentFolders };
  }
  const result = await look(root, folders, await extractOptions(configFile));
  const seen = new Set(result.modules.map((module) => module.source));
  const unseen = files
    .filter((file) => !seen.has(file))
    .map((file) => `${file}: not seen by dependency-cruiser`);
  const violations = result.summary.violations
    .filter((violation) => violation.rule.severity === 'error')
    .map((violation) => `${violation.from} → ${violation.to}: ${explain(result, violation.rule.name)}`);
  return {
    problems: [...unseen, ...violations],
    modules: files.filter((file) => seen.has(file)).length,
    dependencies: result.summary.totalDependenciesCruised ?? 0,
    absentFolders,
  };
}

async function look(root: string, folders: string[], options: ICruiseOptions): Promise<ICruiseResult> {
  const { output } = await cruise(folders, { ...options, baseDir: root, validate: true });
  if (typeof output === 'string') throw new TypeError('dependency-cruiser answered with text');
  return output;
}

function explain(result: ICruiseResult, name: string): string {
  const rule = result.summary.ruleSetUsed?.forbidden?.find((candidate) => candidate.name === name);
  return rule?.comment === undefined ? name : `${name} (${rule.comment})`;
}

function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file));
}

async function main(): Promise<void> {
  const report = await checkImports(process.cwd(), './.dependency-cruiser.mjs');
  for (const problem of report.problems) console.error(problem);
  if (report.absentFolders.length > 0)
    console.log(`imports: not there yet: ${report.absentFolders.join(', ')}`);
  console.log(
    `imports: ${report.modules} modules, ${report.dependencies} dependencies, ${report.problems.length} problems`,
  );
  process.exitCode = report.problems.length === 0 ? 0 : 1;
}

if (import.meta.main) await main();
