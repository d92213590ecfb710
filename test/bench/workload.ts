import type { LimitSpec } from '../../src/core/limit.ts';
import { limitSpec } from '../world.ts';

/** Different keys in the load on servers. */
export const TENANTS = 10_000;

/** What every server holds its callers to: far more than they can ask for, so that all of them do the work of admitting. */
export const PERMITS = 1_000_000_000;

export const WINDOW_MS = 60_000;

/** One counter for each tenant. */
export const ORDERS_PER_TENANT: LimitSpec = limitSpec({
  name: 'orders-per-tenant',
  resource: 'api.orders.*',
  dimensions: { tenant: '*' },
  limit: PERMITS,
  windowMs: WINDOW_MS,
  shares: 'demand',
});
