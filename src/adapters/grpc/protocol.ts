import { fileURLToPath } from 'node:url';
import { load, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProtoPath } from 'grpc-health-check';

/** The full name of Envoy's rate limit service. */
export const RATE_LIMIT_SERVICE = 'envoy.service.ratelimit.v3.RateLimitService';

/** What is served, as the gRPC library takes it. */
export type Protocol = {
  readonly rateLimit: ServiceDefinition;
  /** Tells clients that ask which services there are, of what messages. */
  readonly reflection: ReflectionService;
};

/** Reads the .proto files. Rejects when one is missing, which is a defect of the installation. */
export async function loadProtocol(): Promise<Protocol> {
  const loaded = await load('rls.proto', {
    includeDirs: [fileURLToPath(new URL('proto', import.meta.url))],
    defaults: true,
    arrays: true,
    longs: Number,
  });
  const health = await load(healthProtoPath);
  const rateLimit = loaded[RATE_LIMIT_SERVICE];
  if (rateLimit === undefined || 'format' in rateLimit) throw new Error(`no ${RATE_LIMIT_SERVICE}`);
  const all: PackageDefinition = { ...health, ...loaded };
  return { rateLimit, reflection: new ReflectionService(all) };
}
