import type { ComponentChildren } from 'preact';
import { frame, isStale, nodeNowMs } from '../live.ts';
import { shownAge } from '../wording.ts';

type PanelProps = {
  readonly id: string;
  readonly title: string;
  /** What stands beside the title. */
  readonly aside?: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
};

/** One part of the page, with its heading; says how old its content is as soon as it is old. */
export function Panel({ id, title, aside, note, children }: PanelProps) {
  const ageMs = nodeNowMs.value - (frame.value?.atMs ?? 0);
  return (
    <section class="panel" aria-labelledby={`${id}-title`} id={`panel-${id}`}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {isStale.value && <span class="tag tag-warning">{shownAge(ageMs)} old</span>}
        {aside !== undefined && <div class="panel-aside">{aside}</div>}
      </header>
      {note !== undefined && <p class="note">{note}</p>}
      {children}
    </section>
  );
}
