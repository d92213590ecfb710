import type { Health } from '../adapters/http/health-routes.ts';

/** Everything about one coordinator that is not as it should be, in words; its links to peers aside. */
export function remarksOn({ checks }: Health): readonly string[] {
  const { decisions, share, transport, store = 'ok', configuration } = checks;
  return [
    ...(decisions === 'ok' ? [] : [decisions.replace('_', ' ')]),
    ...(share === 'whole' ? [] : ['floor of its share only']),
    ...(transport === 'ok' ? [] : [`transport ${transport}`]),
    ...(store === 'ok' ? [] : [`store ${store}`]),
    ...(configuration === 'ok' ? [] : [`configuration ${configuration}`]),
  ];
}

/** One row for each link of these coordinators: from where to where, how it is, and why. */
export function linksOf(healths: readonly Health[]): readonly (readonly string[])[] {
  return healths.flatMap(({ region, checks }) =>
    Object.entries(checks.peers).map(([peer, check]) => {
      const [status = '', ...why] = check.split(': ');
      return [`${region} → ${peer}`, status, why.join(': ')];
    }),
  );
}
