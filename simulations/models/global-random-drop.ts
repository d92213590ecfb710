import { limitPerSecond, subject } from './demand.ts';
import { DemandGossip, type Estimates } from './demand-gossip.ts';
import type { Model, ModelPorts } from './model.ts';

/**
 * Global random drop: limiters gossip their demand, and each drops as much of its own, by chance, as all together have too much. Nobody
 * counts what was let through, so a limit holds on average and not in any one window.
 *
 * Source: Raghavan et al. 2007, "Cloud control with distributed rate limiting" (SIGCOMM), GRD. Gossip goes from all to all every 100 ms;
 * the paper's limiters each tell a few every 50 ms.
 */
export function globalRandomDrop(ports: ModelPorts<Estimates>): Model<Estimates> {
  const demand = new DemandGossip(ports);
  return {
    check(counted, permits, answer) {
      demand.note(counted, permits);
      const passing = counted.map(({ limit, key }) => {
        const { everywhere } = demand.of(subject(limit.name, key));
        return everywhere === 0 ? 1 : limitPerSecond(limit) / everywhere;
      });
      answer(ports.chance.next() < Math.min(1, ...passing));
    },
    hear: (from, estimates) => demand.hear(from, estimates),
  };
}
