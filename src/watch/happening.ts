/** What a happening is about. */
export type Kind = 'partition' | 'fence' | 'version' | 'coordinator' | 'alert';

/** How much it matters: `good` ends what was bad. */
export type Tone = 'good' | 'info' | 'warning' | 'critical';

/** Something that happened, in words for people. */
export type Happening = {
  /** Names it for as long as this process lives; later ones have greater numbers after the dash. */
  readonly id: string;
  readonly atMs: number;
  readonly kind: Kind;
  readonly tone: Tone;
  /** The event's name in the log, or that of the alert. */
  readonly event: string;
  readonly text: string;
  /** Whom it is about, where it is about one. */
  readonly region?: string;
  readonly limit?: string;
};

/** A happening before it has a name and a time. */
export type News = Omit<Happening, 'id' | 'atMs'>;
