import { useEffect, useState } from 'preact/hooks';
import { ApiError, ask } from '../api.ts';
import { connection } from '../live.ts';

/** The newest answer, and why there is none newer. */
export type Polled<Body> = { readonly body?: Body; readonly problem?: string };

/** Asks for a path again and again while the page is looked at and connected; `undefined` asks for nothing. */
export function usePolled<Body>(path: string | undefined, everyMs: number): Polled<Body> {
  const [polled, setPolled] = useState<Polled<Body> & { readonly path?: string }>({});
  const isLive = connection.value.state === 'live';
  useEffect(() => {
    if (path === undefined || !isLive) return undefined;
    let isOver = false;
    const look = async () => {
      if (document.hidden) return;
      const answer = await answerTo<Body>(path);
      if (!isOver)
        setPolled((before) => ({ ...(before.path === path ? before : {}), problem: '', path, ...answer }));
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [path, everyMs, isLive]);
  if (polled.path !== path) return {};
  const { body, problem } = polled;
  return { ...(body !== undefined && { body }), ...(problem ? { problem } : {}) };
}

async function answerTo<Body>(path: string): Promise<Polled<Body>> {
  try {
    return { body: await ask<Body>(path) };
  } catch (error) {
    return { problem: error instanceof ApiError ? error.message : String(error) };
  }
}
