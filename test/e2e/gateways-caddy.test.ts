import { gatewayContract } from './gateways-contract.ts';

gatewayContract({
  name: 'caddy',
  file: 'Caddyfile',
  sites: { open: 'http://:8000', closed: 'http://:8001' },
  command: (folder) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', `${folder}/Caddyfile`],
});
