import { choice, duration, group } from './field.ts';
import { listenerTls } from './tls-schema.ts';

/** The dialects of rate limit header fields (api.md §2). */
const HEADER_DIALECTS = ['draft-11', 'draft-06', 'x-ratelimit', 'none'] as const;

/** The HTTP interface towards callers. */
export const http = group(
  {
    headers: choice(HEADER_DIALECTS, {
      description:
        'How answers tell what is left: `RateLimit` and `RateLimit-Policy` as the newest draft has them, `RateLimit-Limit` and so on as older ones had, `X-RateLimit-Limit` and so on, or not at all.',
      default: 'draft-11',
    }),
    drainNotice: duration({
      description:
        'How long a coordinator that is told to stop by SIGTERM goes on deciding, not ready any more and closing connections, so that load balancers send callers elsewhere first.',
      default: '3s',
      from: '0s',
      to: '5m',
    }),
    tls: listenerTls('callers'),
  },
  { description: 'The HTTP interface towards callers.', later: ['cors'] },
);
