import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const IN_ROOT = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Runs a script in a process of its own and gives what it prints as JSON. */
function run(script: string): unknown {
  const args = ['--expose-gc', '--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test('no library of tracing is loaded by a coordinator that does not trace', () => {
  const loaded = run(`
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve: (name, context, next) => { seen.push(name); return next(name, context); } });
    await import(${JSON.stringify(IN_ROOT('src/daemon.ts'))});
    console.log(JSON.stringify({ all: seen.length, tracing: seen.filter((name) => /sdk-trace|otlp|adapters.tracing/.test(name)) }));
    process.exit();
  `) as { readonly all: number; readonly tracing: readonly string[] };
  expect(loaded.all).toBeGreaterThan(100);
  expect(loaded.tracing).toEqual([]);
});

test('where nothing is traced a decision pays one comparison: no bytes, and no more calls', () => {
  // The answer's own line of src/adapters/http/check-route.ts, with and without it, in turn.
  const { withHook, without } = run(`
    const context = { recordSpan: undefined, observed: 0 };
    const reply = {};
    const decision = {};
    const tracedRequest = () => { throw new Error('asked'); };
    const observe = (ms, decided, span) => { context.observed += span === undefined ? 1 : 2; };
    const hooked = (ms) => { const span = context.recordSpan?.(tracedRequest(reply, ms, [decision])); observe(ms, decision, span); };
    const bare = (ms) => observe(ms, decision, undefined);
    const bytes = (task) => {
      for (let at = 0; at < 1e5; at += 1) task(1);
      gc();
      const before = process.memoryUsage().heapUsed;
      for (let at = 0; at < 1e6; at += 1) task(1);
      return process.memoryUsage().heapUsed - before;
    };
    console.log(JSON.stringify({ withHook: Math.min(bytes(hooked), bytes(hooked)), without: Math.min(bytes(bare), bytes(bare)) }));
  `) as { readonly withHook: number; readonly without: number };
  expect(withHook).toBeLessThan(without + 100_000);
});
