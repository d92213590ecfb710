import { readFileSync } from 'node:fs';
import { type Authenticator, credsAuthenticator, nkeyAuthenticator } from '@nats-io/nats-core';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import type { Log } from '../src/ports.ts';
import type { Codec } from './codec.ts';

/** Least time between two attempts to connect to one server, in milliseconds, and what is added at random so that members spread. */
const RECONNECT_WAIT_MS = 200;
const RECONNECT_JITTER_MS = 300;

/** How long one attempt to connect may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;

/** The server is pinged this often, in milliseconds, and given up after so many unanswered pings: found dead within 3 s. */
const PING_INTERVAL_MS = 1_000;
const PINGS_UNANSWERED_MAX = 2;

/** How this region proves itself to the NATS server. */
export type NatsLogin =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** A `.creds` file, read again for every connection so that it can be replaced while running. */
  | { readonly credentialsFile: string }
  /** A file with the seed of an NKey, read again for every connection. */
  | { readonly nkeySeedFile: string };

export type NatsTls = {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Starts TLS before the server says anything; the server must be set up for it. */
  readonly handshakeFirst?: boolean;
};

export type NatsOptions = {
  readonly codec: Codec;
  readonly log: Log;
  /** `host:port` or `nats://host:port`, tried in random order; at least one. */
  readonly servers: readonly string[];
  readonly login?: NatsLogin;
  /** Given, even empty, TLS is required. */
  readonly tls?: NatsTls;
};

/** What the NATS client is told: never to give up, until `beforeAttempt` throws. */
export function connectionOptions(options: NatsOptions, beforeAttempt: () => void): NodeConnectionOptions {
  const { codec, servers, login, tls } = options;
  return {
    servers: [...servers],
    name: `headgate ${codec.environment} ${codec.region}`,
    // The own broadcasts are not heard again, but those of a second process with the same name are: it must be noticed.
    noEcho: true,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: PINGS_UNANSWERED_MAX,
    reconnectToServer: () => {
      beforeAttempt();
      return null;
    },
    ...(login === undefined ? {} : credentialsOf(login)),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  };
}

function credentialsOf(login: NatsLogin): NodeConnectionOptions {
  if ('token' in login) return { token: login.token };
  if ('user' in login) return { user: login.user, pass: login.password };
  if ('nkeySeedFile' in login) {
    const seed = () => Buffer.from(readFileSync(login.nkeySeedFile, 'utf8').trim());
    return { authenticator: nkeyAuthenticator(seed) };
  }
  const fromFile: Authenticator = (nonce) => credsAuthenticator(readFileSync(login.credentialsFile))(nonce);
  return { authenticator: fromFile };
}
