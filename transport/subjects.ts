import { isRegionId, type RegionId } from '../crdt/index.ts';

/** The NATS subjects of one region in one environment. */
export type Subjects = {
  /** Where this region speaks to all. */
  readonly broadcast: string;
  /** Matches everything that all regions hear, and everything that is for this one. */
  readonly subscriptions: readonly string[];
  /** Where this region speaks to another; undefined for what is no region's name, so that nothing strays into other subjects. */
  to(region: RegionId): string | undefined;
  /** The region that a subject says it comes from; undefined when it is none of ours. */
  senderOf(subject: string): RegionId | undefined;
};

/**
 * `headgate.v1.<environment>.from.<sender>` for all, `headgate.v1.<environment>.to.<recipient>.<sender>` for one.
 * Each ends in its sender, so a NATS user can be allowed to publish as one region only:
 * `headgate.v1.<environment>.from.<region>` and `headgate.v1.<environment>.to.*.<region>`.
 */
export function subjectsOf(environment: string, region: RegionId): Subjects {
  const prefix = `headgate.v1.${environment}`;
  return {
    broadcast: `${prefix}.from.${region}`,
    subscriptions: [`${prefix}.from.*`, `${prefix}.to.${region}.*`],
    to: (recipient) => (isRegionId(recipient) ? `${prefix}.to.${recipient}.${region}` : undefined),
    senderOf(subject) {
      if (!subject.startsWith(`${prefix}.`)) return undefined;
      const sender = subject.slice(subject.lastIndexOf('.') + 1);
      return isRegionId(sender) ? sender : undefined;
    },
  };
}
