import { onTestFinished } from 'vitest';
import { formatFor } from '../../src/administrate.ts';
import { Administration } from '../../src/administration/administration.ts';
import type { Request } from '../../src/administration/answers.ts';
import type { LineStore, OpenedStore } from '../../src/administration/ports.ts';
import type { Configuration } from '../../src/core/version.ts';
import type { World } from '../world.ts';

/** A store in memory that can be opened again, as after a crash, and made to fail. */
export class MemoryStore implements LineStore {
  readonly durable = true;
  lines: string[] = [];
  fails = false;

  async append(value: unknown): Promise<void> {
    if (this.fails) throw new Error('no space');
    this.lines.push(JSON.stringify(value));
  }

  async replace(values: readonly unknown[]): Promise<void> {
    if (this.fails) throw new Error('no space');
    this.lines = values.map((value) => JSON.stringify(value));
  }

  opened(): OpenedStore {
    return { store: this, found: this.lines.map((line) => JSON.parse(line) as unknown) };
  }
}

export type Stores = {
  readonly audit: MemoryStore;
  readonly history: MemoryStore;
  readonly file: MemoryStore;
};

export function memoryStores(): Stores {
  return { audit: new MemoryStore(), history: new MemoryStore(), file: new MemoryStore() };
}

/** Who changes limits in tests. */
export const OPERATOR: Request = {
  actor: { name: 'ops', role: 'admin', address: '127.0.0.1' },
  requestId: 'r-1',
};

/** The administration of one region of a world, in the environment `test`. */
export function administer(
  world: World,
  region = 'us-east',
  stores: Stores = memoryStores(),
  file?: Configuration,
): Administration {
  const running = world.region(region);
  const administration = new Administration({
    environment: 'test',
    region: {
      publish: (configuration) => running.publish(configuration),
      configuration: () => running.configuration(),
      view: () => running.view(),
      versions: () => running.inspect().versions,
      isInformed: () => running.inspect().informed,
    },
    format: formatFor({ environment: 'test' }),
    audit: stores.audit.opened(),
    history: stores.history.opened(),
    file: stores.file.opened(),
    clock: world.clock(region),
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  administration.start(file ?? running.configuration());
  onTestFinished(() => administration.stop());
  return administration;
}

/** A limits file that holds one limit on everything. */
export function oneLimit(limit: number, more = ''): string {
  return `version: 1\nlimits:\n  - name: everything\n    match: { resource: "*" }\n    limit: ${limit}\n    window: 10s\n${more}`;
}
