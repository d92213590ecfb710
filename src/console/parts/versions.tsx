import { useState } from 'preact/hooks';
import { frame, nodeNowMs } from '../live.ts';
import { shownAgo } from '../wording.ts';
import { Panel } from './panel.tsx';
import { usePolled } from './use-polled.ts';

/** One version of the history: the part of it that is shown. */
type Entry = {
  readonly version: string;
  readonly atMs: number;
  readonly changes: readonly string[];
  readonly limits: number;
};

/** The versions of the limits: which is in force, who goes by it, and what each has changed. */
export function Versions() {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const now = frame.value;
  const version = now?.version ?? '';
  // Asked for anew with each version, and now and then for who has adopted it.
  const { body, problem } = usePolled<{ readonly versions: readonly Entry[] }>('v1/admin/versions', 5_000);
  const versions = body?.versions ?? [];
  const entry = versions.find((each) => each.version === chosen) ?? versions[0];
  return (
    <Panel id="versions" title="Versions of the limits" aside={`in force: ${version}`}>
      {problem !== undefined && body === undefined && <Adoption problem={problem} />}
      {versions.length > 0 && (
        <ol class="versions" aria-label="Versions, newest first">
          {versions.map((each) => (
            <li key={each.version}>
              <VersionRow
                entry={each}
                isCurrent={each.version === version}
                isChosen={each === entry}
                choose={() => setChosen(each.version)}
              />
            </li>
          ))}
        </ol>
      )}
      {entry !== undefined && <Changes entry={entry} before={versions[versions.indexOf(entry) + 1]} />}
    </Panel>
  );
}

/** What every reader may know, where the history itself is not for them. */
function Adoption({ problem }: { readonly problem: string }) {
  return (
    <>
      <ul class="versions">
        {frame.value?.versions.map(({ id, adoptedBy }) => (
          <li key={id} class="version-plain">
            <strong>{id}</strong>{' '}
            {adoptedBy.length === 0 ? 'from the beginning' : `adopted by ${adoptedBy.join(', ')}`}
          </li>
        ))}
      </ul>
      <p class="note">The history: {problem}</p>
    </>
  );
}

type RowProps = {
  readonly entry: Entry;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
  readonly choose: () => void;
};

function VersionRow({ entry, isCurrent, isChosen, choose }: RowProps) {
  const { version, atMs, limits, changes } = entry;
  return (
    <button type="button" class="version" aria-pressed={isChosen} onClick={choose}>
      <span class="version-name">
        {version}
        {isCurrent && <span class="tag tag-good">in force</span>}
      </span>
      <span class="version-what">{changes.length === 0 ? `${limits} limits` : changes.join(', ')}</span>
      <span class="version-age">{shownAgo(nodeNowMs.value - atMs)}</span>
    </button>
  );
}

function Changes({ entry, before }: { readonly entry: Entry; readonly before: Entry | undefined }) {
  const path =
    before === undefined
      ? undefined
      : `v1/admin/versions/${encodeURIComponent(before.version)}/diff/${encodeURIComponent(entry.version)}`;
  const { body, problem } = usePolled<{ readonly text: string }>(path, 60_000);
  if (before === undefined) return <p class="empty">Nothing is known of what was before {entry.version}.</p>;
  if (problem !== undefined) return <p class="problem">{problem}</p>;
  const lines = (body?.text ?? '').split('\n').filter((line) => line !== '');
  return (
    <>
      <h3>
        From {before.version} to {entry.version}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
      <pre class="difference" tabIndex={0}>
        {lines.map((line) => (
          <span key={line} class={KINDS[line[0] ?? ''] ?? 'difference-field'}>
            {`${line}\n`}
          </span>
        ))}
      </pre>
    </>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  '+': 'difference-added',
  '-': 'difference-removed',
  '~': 'difference-changed',
};
