import { gatewayContract } from './gateways-contract.ts';

gatewayContract({
  name: 'nginx',
  file: 'nginx.conf',
  sites: { open: 'listen 8000', closed: 'listen 8001' },
  // Where Debian's nginx keeps bodies that are too large for memory belongs to another user.
  replace: (folder) => ({
    'http {\n': `http {\n${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `    ${kind}_temp_path ${folder}/${kind};\n`)
      .join('')}    access_log off;\n`,
  }),
  command: (folder) => [
    ...['nginx', '-e', 'stderr', '-p', folder, '-c', `${folder}/nginx.conf`],
    ...['-g', `daemon off; error_log stderr; pid ${folder}/nginx.pid; user root;`],
  ],
});
