import { registerHooks } from 'node:module';
import { workerData } from 'node:worker_threads';
import { type Mutant, mutate } from './mutant.ts';

// A thread of a soak whose product is mutated: the sources are changed between the disk and the engine.
const { mutant } = workerData as { readonly mutant: Mutant };
const root = new URL('../../../', import.meta.url).href;
const unloaded = new Set(mutant.edits.map(({ file }) => file));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = url.startsWith(root) ? url.slice(root.length) : '';
    if (!unloaded.delete(file) || loaded.source === undefined || loaded.source === null) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: mutate(mutant, file, text) };
  },
});

await import('../../../simulations/soak-worker.ts');
if (unloaded.size > 0) throw new Error(`mutant "${mutant.name}" is stale: nobody loads ${[...unloaded]}`);
