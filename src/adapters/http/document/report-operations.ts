import { Type } from 'typebox';
import { problems } from './problem-schema.ts';

const count = Type.Integer({ minimum: 0 });
const milliseconds = Type.Optional(Type.Number({ description: 'absent where nothing was measured' }));

const triggers = Type.Object(
  {
    global: Type.Integer({ minimum: 0, description: "because the world's quota was used up" }),
    region: Type.Integer({ minimum: 0, description: "because this region's share was used up" }),
  },
  { description: 'how often limits fired' },
);

const limit = Type.Object({
  name: Type.String(),
  checks: count,
  rejections: count,
  triggers,
  permitsAllowed: count,
  permitsDenied: count,
});

const peer = Type.Object({
  region: Type.String(),
  status: Type.Enum(['unheard', 'up', 'suspected']),
  lastHeardAgoMs: milliseconds,
  snapshotAgoMs: milliseconds,
  latencyMs: milliseconds,
  errors: count,
});

const REPORT = Type.Object(
  {
    region: Type.String(),
    status: Type.Enum(['UP', 'DEGRADED', 'DOWN']),
    atMs: Type.Integer(),
    uptimeMs: count,
    decisions: count,
    rejections: count,
    triggers,
    meanResponseMs: milliseconds,
    limits: Type.Array(limit),
    synchronisation: Type.Object({
      lastSyncAgoMs: milliseconds,
      meanLatencyMs: milliseconds,
      errors: count,
      peers: Type.Array(peer),
    }),
  },
  { description: 'What this region did since its process started.' },
);

/** `GET /v1/report` for the document. */
export const GET_REPORT = {
  tags: ['state'],
  summary: 'Report: triggers, rejections, response time and synchronisation since the start',
  response: {
    ...problems(),
    200: { description: 'The report.', content: { 'application/json': { schema: REPORT } } },
  },
};
