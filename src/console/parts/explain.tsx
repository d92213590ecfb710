import { useState } from 'preact/hooks';
import { ApiError, ask } from '../api.ts';
import { shownCount, shownMs } from '../wording.ts';
import { Mark } from './mark.tsx';
import { Panel } from './panel.tsx';
import { Scrolls } from './scrolls.tsx';

type Detail = {
  readonly limit: string;
  readonly key: string;
  readonly remaining: number | null;
  readonly globalRemaining: number | null;
  readonly resetAt: number | null;
};

type Peeked = { readonly region: string; readonly degraded: boolean; readonly limits: readonly Detail[] };

type Answer = { readonly permits: number; readonly askedAtMs: number } & (
  | { readonly peeked: Peeked }
  | { readonly problem: string }
);

/** What would happen to a request, without spending anything. */
export function Explain() {
  const [answer, setAnswer] = useState<Answer | undefined>(undefined);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const permits = Number(form.get('permits'));
    setAnswer({ permits, askedAtMs: Date.now(), ...(await peek(form)) });
  };
  return (
    <Panel id="explain" title="What would happen?" note="Asks this node without spending anything.">
      <form class="explain" onSubmit={(event) => void submit(event)}>
        <label class="grow">
          Resource
          <input
            name="resource"
            type="text"
            required
            maxLength={256}
            placeholder="api.orders.create"
            spellcheck={false}
          />
        </label>
        <label class="grow">
          Dimensions
          <input name="dimensions" type="text" placeholder="tenant=acme, user=u1" spellcheck={false} />
        </label>
        <label>
          Permits
          <input name="permits" type="number" min={1} max={1_000_000} value={1} required />
        </label>
        <button type="submit">Ask</button>
      </form>
      <div aria-live="polite">
        {answer !== undefined &&
          ('problem' in answer ? <p class="problem">{answer.problem}</p> : <Verdicts {...answer} />)}
      </div>
    </Panel>
  );
}

async function peek(form: FormData): Promise<{ readonly peeked: Peeked } | { readonly problem: string }> {
  const query = new URLSearchParams({ resource: String(form.get('resource')), permits: '0', detail: '1' });
  for (const pair of String(form.get('dimensions')).split(',')) {
    const [name = '', ...value] = pair.trim().split('=');
    if (name === '') continue;
    if (value.length === 0) return { problem: 'A dimension is written name=value, such as tenant=acme.' };
    query.set(`d.${name.trim()}`, value.join('=').trim());
  }
  try {
    return { peeked: await ask<Peeked>(`check?${query}`) };
  } catch (error) {
    if (error instanceof ApiError && error.status === 403)
      return { problem: 'Asking needs a token with the role check or admin.' };
    return { problem: error instanceof ApiError ? error.message : String(error) };
  }
}

type VerdictsProps = { readonly peeked: Peeked; readonly permits: number; readonly askedAtMs: number };

function Verdicts({ peeked: { region, limits }, permits, askedAtMs }: VerdictsProps) {
  const fits = (detail: Detail) => detail.remaining === null || detail.remaining >= permits;
  const isAdmitted = limits.every(fits);
  const asked = permits === 1 ? 'one permit' : `${shownCount(permits)} permits`;
  return (
    <>
      <p class={`verdict tone-${isAdmitted ? 'good' : 'critical'}`}>
        <Mark tone={isAdmitted ? 'good' : 'critical'} />
        {region} would {isAdmitted ? 'admit' : 'deny'} {asked}
        {limits.length === 0 && ': no limit matches'}
      </p>
      {limits.length > 0 && (
        <Scrolls label="What each limit says">
          <table class="verdicts">
            <thead>
              <tr>
                <th scope="col">Limit</th>
                <th scope="col">Key</th>
                <th scope="col" class="number">
                  Left here
                </th>
                <th scope="col" class="number">
                  Left in all
                </th>
                <th scope="col" class="number">
                  Reset
                </th>
              </tr>
            </thead>
            <tbody>
              {limits.map((detail) => (
                <tr key={detail.limit}>
                  <th scope="row">
                    <Mark tone={fits(detail) ? 'good' : 'critical'} /> {detail.limit}
                  </th>
                  <td>{detail.key === '' ? '–' : detail.key}</td>
                  <td class="number">{detail.remaining === null ? '–' : shownCount(detail.remaining)}</td>
                  <td class="number">
                    {detail.globalRemaining === null ? '–' : shownCount(detail.globalRemaining)}
                  </td>
                  <td class="number">
                    {detail.resetAt === null ? '–' : `in ${shownMs(Math.max(0, detail.resetAt - askedAtMs))}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </>
  );
}
