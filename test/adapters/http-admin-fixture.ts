import { createHash } from 'node:crypto';
import { showLimits } from '../../config/limits-form.ts';
import type { Role, Token } from '../../src/access/token.ts';
import { administer, memoryStores, type Stores } from '../administration/administered.ts';
import { type Answer, ask, type Served, type ServeOptions, serve } from './http-fixture.ts';

export type AdminServed = Served & {
  readonly stores: Stores;
  /** How often the coordinator was told to drain. */
  readonly drained: () => number;
  /** Asks below `/v1/admin/`. */
  readonly admin: (path: string, init?: RequestInit & { readonly yaml?: string }) => Promise<Answer>;
};

/** The server of us-east with everything that changes limits, in the environment `test`. */
export async function serveAdmin(options: ServeOptions = {}): Promise<AdminServed> {
  const stores = memoryStores();
  let drained = 0;
  const served = await serve({
    ...options,
    admin: (world) => ({
      administration: administer(world, 'us-east', stores),
      showLimits,
      drain: () => {
        drained += 1;
      },
    }),
  });
  const admin: AdminServed['admin'] = (path, { yaml, ...init } = {}) =>
    ask(`${served.origin}/v1/admin/${path}`, {
      ...init,
      ...(yaml !== undefined && { body: yaml }),
      headers: { ...(yaml !== undefined && { 'content-type': 'application/yaml' }), ...init.headers },
    });
  return { ...served, stores, admin, drained: () => drained };
}

/** A token as the configuration knows it. */
export function tokenOf(role: Role, secret: string): Token {
  return { name: `${role}-token`, role, hash: `sha256:${createHash('sha256').update(secret).digest('hex')}` };
}
