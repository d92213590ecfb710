import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gatewayContract } from './gateways-contract.ts';

gatewayContract({
  name: 'haproxy',
  file: 'haproxy.cfg',
  sites: { open: 'bind :8000', closed: 'bind :8001' },
  // Abstract sockets are the whole machine's: another test's HAProxy may have this name.
  replace: (folder) => {
    const own = `abns@${randomUUID()}`;
    const script = `${folder}/headgate.lua`;
    writeFileSync(script, readFileSync(script, 'utf8').replace('abns@headgate', own));
    return { 'abns@headgate': own };
  },
  command: (folder) => ['haproxy', '-db', '-f', `${folder}/haproxy.cfg`],
});
