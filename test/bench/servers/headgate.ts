import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { DEFAULT_TIMING } from '../../../src/core/cluster.ts';
import { startDaemon } from '../../../src/daemon.ts';
import { eventually } from '../../eventually.ts';
import { freePort } from '../../servers/free-port.ts';
import { ORDERS_PER_TENANT } from '../workload.ts';
import { listensAt } from './listens-at.ts';

// The whole coordinator as `headgate serve` runs it, journal and metrics included; the only region of its cluster.

const directory = mkdtempSync(join(tmpdir(), 'headgate-bench-'));

const settings: Settings = {
  environment: 'bench',
  node: { region: 'us-east', name: 'us-east', listen: { host: '127.0.0.1', port: 0 } },
  http: { headers: 'draft-11', drainNoticeMs: 0 },
  gateway: undefined,
  grpc: { host: '127.0.0.1', port: 0 },
  regions: [],
  members: [{ region: 'us-east', weight: 1 }],
  transport: {
    kind: 'mesh',
    key: 'a key that nobody else needs',
    listen: { host: '127.0.0.1', port: await freePort() },
    peers: [],
  },
  timing: DEFAULT_TIMING,
  retired: [],
  tokens: [],
  webhooks: [],
  journalDirectory: directory,
  store: undefined,
  limitsFile: '',
  limits: [ORDERS_PER_TENANT],
  telemetry: { logLevel: 'error', logFormat: 'json', tracing: undefined },
};

const daemon = await startDaemon(settings, { newCluster: true, logOutput: { write: () => {} } });
const { port } = daemon.address;
await eventually(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
listensAt({ port, grpcPort: daemon.grpcPort ?? 0 }, async () => {
  await daemon.stop({ atOnce: true });
  await rm(directory, { recursive: true, force: true });
});
