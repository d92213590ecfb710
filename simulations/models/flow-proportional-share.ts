import { limitPerSecond } from './demand.ts';
import { DemandGossip, type Estimates } from './demand-gossip.ts';
import type { Model, ModelPorts } from './model.ts';
import { TokenBuckets } from './token-buckets.ts';

/**
 * Flow-proportional share: every limiter has a token bucket of its own, which fills with a part of the global rate that is in proportion
 * to its weight. The paper weighs by flows of TCP, which yield when they are dropped; requests do not, so here a limiter's weight is what
 * it is asked for, and what nobody asks for is divided equally. Shares agree as far as limiters know the same.
 *
 * Source: Raghavan et al. 2007, "Cloud control with distributed rate limiting" (SIGCOMM), FPS.
 */
export function flowProportionalShare(ports: ModelPorts<Estimates>): Model<Estimates> {
  const demand = new DemandGossip(ports);
  const buckets = new TokenBuckets(ports.clock, (limit, name) => {
    const { here, everywhere } = demand.of(name);
    const perSecond = limitPerSecond(limit);
    if (everywhere > perSecond) return (perSecond * here) / everywhere;
    return here + (perSecond - everywhere) / ports.members.length;
  });
  return {
    check(counted, permits, answer) {
      demand.note(counted, permits);
      answer(buckets.take(counted, permits));
    },
    hear: (from, estimates) => demand.hear(from, estimates),
  };
}
