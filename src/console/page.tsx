import { connection, frame, isStale } from './live.ts';
import { Attention } from './parts/attention.tsx';
import { ConnectionNotice } from './parts/connection-notice.tsx';
import { Explain } from './parts/explain.tsx';
import { HotKeys } from './parts/hot-keys.tsx';
import { KeyUsage } from './parts/key-usage.tsx';
import { LimitDetail } from './parts/limit-detail.tsx';
import { LimitList } from './parts/limit-list.tsx';
import { Masthead } from './parts/masthead.tsx';
import { Timeline } from './parts/timeline.tsx';
import { TokenForm } from './parts/token-form.tsx';
import { Versions } from './parts/versions.tsx';
import { VitalSigns } from './parts/vital-signs.tsx';
import { WorldPanel } from './parts/world-panel.tsx';

/** The whole console. Without a first snapshot there is only what is needed to get one. */
export function Page() {
  const hasFrame = frame.value !== undefined;
  return (
    <>
      <a class="skip" href="#limits">
        Skip to the limits
      </a>
      <Masthead />
      <ConnectionNotice />
      {connection.value.state === 'refused' && <TokenForm />}
      <main class={isStale.value ? 'is-stale' : ''} data-connection={connection.value.state}>
        {hasFrame ? <Panels /> : <p class="waiting">Waiting for the first word of this node…</p>}
      </main>
    </>
  );
}

function Panels() {
  return (
    <>
      <VitalSigns />
      <div class="row row-world">
        <WorldPanel />
        <div class="column">
          <Attention />
          <Timeline />
        </div>
      </div>
      <div class="row row-limits" id="limits">
        <LimitList />
        <LimitDetail />
      </div>
      <div class="row row-keys">
        <HotKeys />
        <KeyUsage />
      </div>
      <div class="row row-versions">
        <Explain />
        <Versions />
      </div>
    </>
  );
}
