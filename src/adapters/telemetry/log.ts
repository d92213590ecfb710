import { type DestinationStream, pino } from 'pino';
import type { Log } from '../../ports.ts';

export type LogOptions = {
  /** Says this and what is graver. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty';
  readonly region: string;
  readonly output: LogOutput;
};

/** Where lines go: a stream of this process, or anything that takes a line. */
export type LogOutput = { write(line: string): unknown; readonly isTTY?: boolean };

/** Fields whose values must not be seen even if somebody logs them by mistake, at the top or one level down. */
const SECRET_FIELDS = ['key', 'password', 'token', 'secret', 'clusterKey', 'authorization', 'credentials'];

/**
 * Logs through pino, one JSON object a line with `event` as its message. Writing is synchronous, so that the last words before an
 * exit are not lost; nothing logs per request.
 */
export async function createLog({ level, format, region, output }: LogOptions): Promise<Log> {
  const isPretty = format === 'pretty' || (format === 'auto' && output.isTTY === true);
  const plain: DestinationStream = { write: (line) => void output.write(line) };
  const logger = pino(
    {
      level,
      base: { region },
      messageKey: 'event',
      errorKey: 'error',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    isPretty ? await prettyStream(output) : plain,
  );
  return {
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
  };
}

/** Loaded only where somebody looks on: it is the slower half of the log. */
async function prettyStream(output: LogOutput): Promise<DestinationStream> {
  const [{ PinoPretty }, { Writable }] = await Promise.all([import('pino-pretty'), import('node:stream')]);
  return PinoPretty({
    destination: new Writable({
      decodeStrings: false,
      write(line: string, _encoding, done) {
        output.write(line);
        done();
      },
    }),
    colorize: output.isTTY === true,
    sync: true,
    singleLine: true,
    messageKey: 'event',
    errorLikeObjectKeys: ['error'],
    translateTime: 'HH:MM:ss.l',
    ignore: 'region',
    messageFormat: '{region} {event}',
  });
}
