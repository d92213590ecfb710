import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf, { type Field, type Type } from 'protobufjs';

/** Envoy's own definitions of its configuration, which a package of gRPC's carries along, and what they import. */
const DEFINITIONS = [
  ...['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map(
    (name) => `@grpc/grpc-js-xds/deps/${name}`,
  ),
  'protobufjs',
].map((folder) => fileURLToPath(new URL(`../../node_modules/${folder}/`, import.meta.url)));

const FILES = [
  'envoy/config/bootstrap/v3/bootstrap.proto',
  'envoy/extensions/access_loggers/stream/v3/stream.proto',
  'envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto',
  'envoy/extensions/filters/http/ratelimit/v3/rate_limit.proto',
  'envoy/extensions/filters/http/router/v3/router.proto',
  'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
  'envoy/extensions/upstreams/http/v3/http_protocol_options.proto',
];

/** Says what is wrong with a part of a configuration of Envoy's, by the definition of its message. */
export type EnvoyCheck = (message: string, value: unknown) => readonly string[];

/** Reads the definitions: some 300 messages, in under a second. */
export function envoyCheck(): EnvoyCheck {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    DEFINITIONS.map((folder) => folder + target).find((file) => existsSync(file)) ?? null;
  root.loadSync(FILES, { keepCase: true }).resolveAll();
  return (message, value) =>
    problemsOfMessage(root.lookupType(message), value, message.split('.').at(-1) ?? '');
}

function problemsOfMessage(type: Type, value: unknown, path: string): string[] {
  const name = type.fullName.slice(1);
  if (name === 'google.protobuf.Duration') {
    return typeof value === 'string' && /^\d+(\.\d+)?s$/.test(value) ? [] : [`${path}: expected seconds`];
  }
  const wrapped = /^google\.protobuf\.\w+Value$/.test(name) ? type.fields['value'] : undefined;
  if (wrapped !== undefined) return problemsOfValue(wrapped, value, path);
  if (!isGroup(value)) return [`${path}: expected a group`];
  if (name === 'google.protobuf.Struct') return [];
  if (name === 'google.protobuf.Any') return problemsOfAny(type, value, path);
  const problems = Object.entries(value).flatMap(([key, inner]) => {
    const field = type.fields[key];
    if (field === undefined)
      return [`${path}.${key}: expected one of ${Object.keys(type.fields).join(', ')}`];
    return problemsOfField(field, inner, `${path}.${key}`);
  });
  const choices = type.oneofsArray.map((choice) => choice.fieldsArray.filter((field) => field.name in value));
  const ambiguous = choices.filter((given) => given.length > 1);
  return [
    ...problems,
    ...ambiguous.map((given) => `${path}: expected one of ${given.map((field) => field.name).join(', ')}`),
  ];
}

function problemsOfAny({ root }: Type, value: Readonly<Record<string, unknown>>, path: string): string[] {
  const { '@type': url, ...message } = value;
  const name = String(url).replace('type.googleapis.com/', '');
  return problemsOfMessage(root.lookupType(name), message, path);
}

function problemsOfField(field: Field, value: unknown, path: string): string[] {
  if (field.map) {
    if (!isGroup(value)) return [`${path}: expected a map`];
    return Object.entries(value).flatMap(([key, inner]) => problemsOfValue(field, inner, `${path}.${key}`));
  }
  if (!field.repeated) return problemsOfValue(field, value, path);
  if (!Array.isArray(value)) return [`${path}: expected a list`];
  return value.flatMap((inner: unknown, at) => problemsOfValue(field, inner, `${path}[${at}]`));
}

function problemsOfValue({ type, resolvedType }: Field, value: unknown, path: string): string[] {
  if (resolvedType instanceof protobuf.Type) return problemsOfMessage(resolvedType, value, path);
  if (resolvedType instanceof protobuf.Enum) {
    const names = Object.keys(resolvedType.values);
    return names.some((name) => name === value) ? [] : [`${path}: expected ${names.join(', ')}`];
  }
  const expected = type === 'string' || type === 'bytes' ? 'string' : type === 'bool' ? 'boolean' : 'number';
  const kind: string = typeof value;
  return kind === expected ? [] : [`${path}: expected a ${expected}`];
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
