/** What every HTTP/2 client says first (RFC 9113 §3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

const FRAME = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8 } as const;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

/** A whole unary gRPC call as the bytes of a connection, without compression of any kind, so that whatever is spoilt in it means something else. */
export function grpcCall(path: string, message: Uint8Array): Buffer {
  const fields = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': '127.0.0.1',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([
    PREFACE,
    frame(FRAME.settings, 0, { stream: 0, payload: Buffer.from([0, 3, 0, 0, 0, 100]) }),
    frame(FRAME.windowUpdate, 0, { stream: 0, payload: Buffer.from([0, 1, 0, 0]) }),
    frame(FRAME.headers, END_HEADERS, { stream: 1, payload: fieldBlock(fields) }),
    frame(FRAME.data, END_STREAM, { stream: 1, payload: Buffer.concat([prefix, message]) }),
    frame(FRAME.ping, 0, { stream: 0, payload: Buffer.alloc(8) }),
  ]);
}

/** A protobuf field of bytes (wire type 2). */
export function protobufBytes(field: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > 127) throw new RangeError('longer than one byte of length tells');
  return Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
}

/** Literal fields without indexing and without Huffman coding (RFC 7541 §6.2.2). */
function fieldBlock(fields: Readonly<Record<string, string>>): Buffer {
  const literals = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.from([0, name.length]),
    Buffer.from(name, 'latin1'),
    Buffer.from([value.length]),
    Buffer.from(value, 'latin1'),
  ]);
  return Buffer.concat(literals);
}

function frame(
  type: number,
  flags: number,
  { stream, payload }: { readonly stream: number; readonly payload: Uint8Array },
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
