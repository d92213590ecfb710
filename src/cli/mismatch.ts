import type { LimitSpec } from '../core/limit.ts';

/** A request as its caller writes it. */
type Request = {
  readonly resource: string;
  readonly domain?: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

/** What about a limit: its pattern, its dimensions and its mode. */
type Pattern = Pick<LimitSpec, 'resource' | 'domain' | 'dimensions' | 'mode'>;

/** Why a limit that a coordinator did not count a request under does not meet it, in words. */
export function mismatchOf({ resource, domain, dimensions, mode }: Pattern, request: Request): string {
  if (domain !== undefined && domain !== request.domain)
    return `it is about the domain ${domain} of a rate limit service`;
  if (!meets(resource, request.resource)) return `its resource is ${resource}`;
  for (const [name, wanted] of Object.entries(dimensions)) {
    const given = Object.hasOwn(request.dimensions, name) ? request.dimensions[name] : undefined;
    if (given === undefined) return `the request has no dimension ${name}`;
    if (wanted !== '*' && wanted !== given) return `${name} must be ${wanted}`;
  }
  return mode === 'disabled' ? 'it is disabled' : 'the coordinator does not count it so';
}

/** Each `*` of a pattern stands for any text. */
function meets(pattern: string, resource: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(resource);
}
