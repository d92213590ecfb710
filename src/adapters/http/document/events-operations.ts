import { Type } from 'typebox';
import { problems } from './problem-schema.ts';

const DESCRIPTION = `A stream of server-sent events, for as long as the caller listens (at most ten minutes; it then comes again).

| Event | When | Data, as JSON |
| --- | --- | --- |
| \`snapshot\` | first | \`frame\` (as in \`second\`), \`recent\` (rates of up to two minutes), \`happenings\` (the last 200), \`life\` (of the process) |
| \`second\` | every second | peers (state, round trip, clock skew, lag), this region's state, versions and who adopted them, alerts, and of each limit the permits offered, admitted and denied a second and the shares of every region |
| \`happening\` | as it happens | a partition, a fence, a version, an alert that begins or ends: \`kind\`, \`tone\`, \`text\`, \`region\`, \`limit\`; its id names it within a life |

Everything is told anew with each snapshot, so that a listener that lost its connection misses nothing: \`Last-Event-ID\` is not needed.
Numbers are those of this region: what it decided itself, and what it knows of others. Of more than 64 limits the busiest are told.`;

/** `GET /v1/events` for the document. */
export const GET_EVENTS = {
  tags: ['state'],
  summary: 'What happens here, as it happens',
  description: DESCRIPTION,
  response: {
    ...problems('invalid_request', 'too_many_listeners'),
    200: { description: 'Events.', content: { 'text/event-stream': { schema: Type.String() } } },
  },
};
