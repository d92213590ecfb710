import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends a request whose header fields `fetch` would set by itself, without a body; the whole answer as text. */
export async function rawRequest(
  port: number,
  methodAndTarget: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (piece: string) => {
    answer += piece;
  });
  const fields = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`${methodAndTarget} HTTP/1.1\r\n${fields.join('')}\r\n`);
  await once(socket, 'close');
  return answer;
}
