import { readFileSync } from 'node:fs';
import { html } from 'ghtml';
import type { ScenarioRun } from '../run-scenario.ts';
import { describeWorst, isOk } from '../summary.ts';
import { bounds, count, measured, percent, seconds, TITLES, where } from '../wording.ts';
import { eventsOf } from './events.ts';
import { isUsedUp, limitSection } from './limit-section.ts';
import { seriesOf } from './series.ts';
import { eventsTable, regionsTable, setup } from './tables.ts';

/** Where a run came from: what its reader needs to see it again. */
export type Source = { readonly file: string; readonly seed: number; readonly text: string };

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');

/** A run as one HTML page that needs nothing else: no network, no script. */
export function reportOf(run: ScenarioRun, source: Source): string {
  const { scenario } = run;
  const events = eventsOf(scenario.plan);
  const title = scenario.title.trim();
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title} · Headgate simulation</title>
<style>
!${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="kicker">Headgate simulation · seed ${source.seed}</p>
<h1>${title}</h1>
!${scenario.about === undefined ? '' : html`<p class="about">${scenario.about.trim()}</p>`}
!${verdict(run)}
</header>
!${tiles(run)}
!${expectations(run)}
!${seriesOf(run)
    .map((series, at) => limitSection(run, series, { at, events }))
    .join('\n')}
<section>
<h2>By region</h2>
!${regionsTable(run.figures)}
</section>
!${events.length === 0 ? '' : html`<section><h2>What happened when</h2>!${eventsTable(events)}</section>`}
<section>
<h2>The world that was simulated</h2>
!${setup(scenario.plan)}
</section>
!${replay(run, source)}
</main>
</body>
</html>
`;
}

function verdict(run: ScenarioRun): string {
  const { outcome, judged } = run;
  if (outcome.failure !== undefined) {
    const { invariant, what, atMs } = outcome.failure;
    return html`<p class="verdict failed"><strong>✘ A promise was broken after ${seconds(atMs)}, and the run ended there.</strong>
Invariant ${invariant}: ${what}</p>`;
  }
  const failed = judged.filter(({ ok }) => !ok).length;
  if (judged.length === 0) return html`<p class="verdict">Nothing was expected of this run.</p>`;
  return isOk(run)
    ? html`<p class="verdict passed"><strong>✔ ${judged.length === 1 ? 'The expectation holds.' : judged.length === 2 ? 'Both expectations hold.' : `All ${judged.length} expectations hold.`}</strong></p>`
    : html`<p class="verdict failed"><strong>✘ ${failed} of ${judged.length} expectations ${failed === 1 ? 'does' : 'do'} not hold.</strong></p>`;
}

function tiles({ figures }: ScenarioRun): string {
  const stretch = figures.measured;
  const reclaim = figures.reclaimMs();
  const recovery = figures.recoveryMs();
  const worst = figures.worst();
  const tile = (name: string, value: string, meaning: string) =>
    html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd>${meaning}</dd></div>`;
  const never = 'no region was lost to enough others for long enough';
  return html`<section><h2>In figures</h2>
<dl class="tiles">
!${[
    tile('Over-admission', count(figures.overAdmission()), 'permits admitted above a limit, in any window'),
    tile(
      'Utilisation',
      percent(figures.utilisation(stretch)),
      'admitted, of what the limits and the demand allowed',
    ),
    tile(
      'False denials',
      percent(figures.falseDenials(stretch), 'up'),
      'of demand: denied, though there was room somewhere',
    ),
    tile(
      'Fairness',
      figures.fairness(stretch).toFixed(3),
      "Jain's index: 1 when every region got the same part of its demand",
    ),
    tile(
      'Time to reclaim',
      reclaim === undefined ? '–' : seconds(reclaim),
      reclaim === undefined ? never : 'until the others had all that a lost region left them',
    ),
    tile(
      'Recovery',
      recovery === undefined ? '–' : seconds(recovery),
      recovery === undefined
        ? 'nothing was lost, or windows are too long to tell'
        : 'from the end of a loss until every region had its whole share',
    ),
    tile(
      'Network',
      `${count(figures.messagesPerSecond())}/s`,
      `messages, and ${count(figures.bytesPerSecond() / 1_000)} kB a second, between all regions`,
    ),
    worst === undefined
      ? ''
      : tile(
          'Worst window',
          percent(worst.possible === 0 ? 1 : worst.admitted / worst.possible),
          isUsedUp(worst) ? 'every window was used as far as it could be' : describeWorst(worst),
        ),
  ].join('\n')}
</dl>
<p class="note">Measured from second ${stretch.fromMs / 1_000} on. Requests to a region whose process is gone are answered by nobody and not counted.</p>
</section>`;
}

function expectations({ judged }: ScenarioRun): string {
  if (judged.length === 0) return '';
  const rows = judged.map(({ expectation, measured: value, ok }) => {
    const { measure } = expectation;
    return html`<tr class="${ok ? 'passed' : 'failed'}"><td>${ok ? '✔ holds' : '✘ fails'}</td><th scope="row">${TITLES[measure]}</th>
<td>${where(expectation) || 'whole run'}</td><td>${bounds(expectation)}</td><td>${measured(measure, value)}</td></tr>`;
  });
  return html`<section><h2>Expectations</h2>
<div class="scroll" tabindex="0"><table class="verdicts">
<thead><tr><th scope="col">Result</th><th scope="col">Measure</th><th scope="col">Where</th><th scope="col">Expected</th><th scope="col">Measured</th></tr></thead>
<tbody>!${rows.join('\n')}</tbody>
</table></div></section>`;
}

function replay({ outcome }: ScenarioRun, { file, seed, text }: Source): string {
  return html`<section>
<h2>Seeing it again</h2>
<pre><code>headgate simulate ${quoted(file)} --seed ${seed}</code></pre>
<p>The same file, seed and version of Headgate give the same run, message by message: its trace is <code>${outcome.trace}</code>.
Another seed is another run of the same scenario: other arrivals, latencies and losses.</p>
<details><summary>The scenario file</summary><pre><code>${text}</code></pre></details>
</section>`;
}

/** A file's name as a shell takes it. */
function quoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
}
