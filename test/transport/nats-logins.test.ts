import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';
import { expect, onTestFinished, test } from 'vitest';
import { NatsTransport } from '../../transport/nats.ts';
import type { NatsOptions } from '../../transport/nats-options.ts';
import { authority, LOCAL_NAMES } from '../certificates.ts';
import { codecOf, reaches, silent, started } from '../contracts/transport-contract.ts';
import { eventually } from '../eventually.ts';
import { startNatsServer } from '../servers/nats-server.ts';
import { heartbeat } from './messages.ts';

type Access = Pick<NatsOptions, 'login' | 'tls'>;

/** Files that are gone when the test ends; their paths by name. */
function files(texts: Readonly<Record<string, string>>): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-nats-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return (name) => join(folder, name);
}

async function serverWith(configuration: string): Promise<string> {
  const at = files({ 'nats.conf': configuration });
  const server = await startNatsServer(undefined, ['-c', at('nats.conf')]);
  onTestFinished(() => server.stop());
  return server.url;
}

function member(region: string, url: string, access: Access): NatsTransport {
  const transport = new NatsTransport({ codec: codecOf(region), log: silent, servers: [url], ...access });
  onTestFinished(() => transport.stop());
  return transport;
}

/** Two regions that log in so reach each other; one that logs in otherwise is told why it does not get in. */
async function admits(url: string, access: Access, refused: Access): Promise<void> {
  const [east, west] = await Promise.all(
    ['us-east', 'eu-west'].map((region) => started(region, member(region, url, access))),
  );
  if (east === undefined || west === undefined) throw new Error('both have started');
  await reaches(east, west);
  const stranger = member('ap-southeast', url, refused);
  await stranger.start(() => undefined);
  await eventually(() => stranger.diagnosis().medium !== undefined);
  expect(stranger.connected()).toBe(false);
  expect(JSON.stringify(stranger.diagnosis())).not.toMatch(/wrong-secret|SU[A-Z0-9]{20}/);
}

test('an NKey', async () => {
  const [known, unknown] = [createUser(), createUser()];
  const url = await serverWith(`authorization { users: [{ nkey: ${known.getPublicKey()} }] }`);
  const at = files({ 'known.nk': `${seedOf(known)}\n`, 'unknown.nk': seedOf(unknown) });
  await admits(
    url,
    { login: { nkeySeedFile: at('known.nk') } },
    { login: { nkeySeedFile: at('unknown.nk') } },
  );
});

test('a file of credentials, as an account server would have signed them', async () => {
  const [operator, account, user, stranger] = [
    createOperator(),
    createAccount(),
    createUser(),
    createAccount(),
  ];
  const operatorToken = signedBy(operator, operator, { type: 'operator' });
  const accountToken = signedBy(operator, account, {
    type: 'account',
    limits: { subs: -1, conn: -1, data: -1, payload: -1 },
  });
  const url = await serverWith(
    `operator: ${operatorToken}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountToken} }`,
  );
  const claims = { type: 'user', subs: -1, data: -1, payload: -1 };
  const at = files({
    'known.creds': credentials(signedBy(account, user, claims), user),
    'unknown.creds': credentials(signedBy(stranger, user, claims), user),
  });
  await admits(
    url,
    { login: { credentialsFile: at('known.creds') } },
    { login: { credentialsFile: at('unknown.creds') } },
  );
});

test('TLS: a server that shows a certificate of the authority, to those that show one too', async () => {
  const ca = authority();
  const other = authority('another authority');
  const [shown, client, stranger] = [
    ca.issue(LOCAL_NAMES),
    ca.issue('DNS:us-east'),
    other.issue('DNS:us-east'),
  ];
  const url = await serverWith(
    `tls { cert_file: "${shown.certFile}", key_file: "${shown.keyFile}", ca_file: "${ca.certFile}", verify: true }`,
  );
  await admits(
    url,
    { tls: { caFile: ca.certFile, ...client } },
    { tls: { caFile: ca.certFile, ...stranger } },
  );
  const distrusting = member('sa-east', url, { tls: { caFile: other.certFile, ...client } });
  await distrusting.start(() => undefined);
  await eventually(() => distrusting.diagnosis().medium !== undefined);
  expect(distrusting.connected()).toBe(false);
});

test('where TLS is wanted nothing is said to a server that speaks none', async () => {
  const url = await serverWith('');
  const transport = member('us-east', url, {
    tls: {},
    login: { user: 'headgate', password: 'right-secret' },
  });
  await transport.start(() => undefined);
  await eventually(() => transport.diagnosis().medium !== undefined);
  transport.send('all', heartbeat(1));
  expect([transport.connected(), transport.counters().framesSent]).toEqual([false, 0]);
});

function seedOf(pair: KeyPair): string {
  return Buffer.from(pair.getSeed()).toString();
}

/** A JWT as NATS has them: claims about `subject`, signed by `issuer` with its NKey. */
function signedBy(issuer: KeyPair, subject: KeyPair, nats: Readonly<Record<string, unknown>>): string {
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    jti: 'test',
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: 'test',
    nats: { version: 2, ...nats },
  };
  const content = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claims)}`;
  return `${content}.${Buffer.from(issuer.sign(Buffer.from(content))).toString('base64url')}`;
}

function credentials(token: string, user: KeyPair): string {
  return `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seedOf(user)}\n------END USER NKEY SEED------\n`;
}
