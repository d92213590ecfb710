import { expect, test } from 'vitest';
import { loadText, problemLines, SMALL_DEPLOYMENT } from './memory-files.ts';

test('nothing is served over gRPC unless there is a port for it', () => {
  expect(loadText(SMALL_DEPLOYMENT)).toMatchObject({ ok: true, settings: { grpc: undefined } });
  const withHost = `${SMALL_DEPLOYMENT}grpc: { listen: { host: 0.0.0.0 } }\n`;
  expect(loadText(withHost)).toMatchObject({ ok: true, settings: { grpc: undefined } });
  const withPort = `${SMALL_DEPLOYMENT}grpc: { listen: { port: 8079 } }\n`;
  const grpc = { host: '127.0.0.1', port: 8079 };
  expect(loadText(withPort)).toMatchObject({ ok: true, settings: { grpc } });
});

test.each([
  ['{ port: 8080 }', 'port 8080 is also the port of the HTTP interface'],
  ['{ port: 70000 }', 'got 70000'],
])('grpc.listen %s is refused: %s', (listen, problem) => {
  const lines = problemLines(loadText(`${SMALL_DEPLOYMENT}grpc: { listen: ${listen} }\n`));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^headgate\.yaml:9:\d+ grpc\.listen\.port: /);
  expect(lines[0]).toContain(problem);
});

test('the mesh and gRPC cannot share a port, and free ports never collide', () => {
  const mesh = `${SMALL_DEPLOYMENT}grpc: { listen: { port: 8090 } }\n`;
  expect(problemLines(loadText(mesh))[0]).toContain('8090 is also the port of the gRPC interface');
  const free = SMALL_DEPLOYMENT.replace('node: {', 'node: { listen: { port: 0 },');
  expect(problemLines(loadText(`${free}grpc: { listen: { port: 0 } }\n`))).toEqual([]);
});
