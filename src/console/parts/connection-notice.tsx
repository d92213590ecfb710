import { connection, frame, heardAtMs, isStale, nowMs } from '../live.ts';
import { shownAge, shownTime } from '../wording.ts';
import { Mark } from './mark.tsx';

/** Says that what is shown is old, how old, and why; nothing while it is not. */
export function ConnectionNotice() {
  const { state, because = 'The connection was lost.' } = connection.value;
  if (state === 'live' || state === 'refused') return null;
  if (frame.value === undefined)
    return state === 'lost' ? <Notice text={`${because} Trying again.`} /> : null;
  if (!isStale.value) return null;
  const age = shownAge(nowMs.value - heardAtMs.value);
  return (
    <Notice
      text={`${because} Everything below is what this node knew ${age} ago, at ${shownTime(frame.value.atMs)}. Trying again.`}
    />
  );
}

function Notice({ text }: { readonly text: string }) {
  return (
    <p class="notice" role="alert">
      <Mark tone="warning" />
      <span>{text}</span>
    </p>
  );
}
