import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Administration } from '../../administration/administration.ts';
import type { Edit } from '../../administration/edits.ts';
import type { LimitForm } from '../../administration/ports.ts';
import { HeadgateError } from '../../errors.ts';
import {
  bodyText,
  readAuditQuery,
  readDimensions,
  readRequest,
  readRollback,
  refuseParameters,
} from './admin-input.ts';
import { LIMITS_BYTES_MAX } from './bounds.ts';
import {
  DELETE_LIMIT,
  DELETE_OVERRIDE,
  GET_AUDIT,
  GET_CURRENT,
  GET_DIFF,
  GET_VERSIONS,
  POST_DRAIN,
  POST_ROLLBACK,
  PUT_LIMIT,
  PUT_LIMITS,
  PUT_OVERRIDE,
} from './document/admin-operations.ts';
import type { Query } from './query.ts';

/** What the routes for changes need. */
export type AdminContext = {
  readonly administration: Pick<
    Administration,
    'current' | 'versions' | 'diff' | 'audit' | 'change' | 'record' | 'fileRemark'
  >;
  /** A limits file as YAML. */
  readonly showLimits: (form: {
    readonly version: 1;
    readonly environment: string;
    readonly limits: readonly LimitForm[];
  }) => string;
  /** Makes this coordinator not ready any more; it decides on. */
  readonly drain: () => void;
};

type Named = { readonly Params: { readonly name: string } };

/** Media types of the bodies of changes. JSON is YAML too, and read as such: problems then have their lines. */
const BODY_TYPES = ['application/json', 'application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'];

/** Adds `/v1/admin/*`: limits and overrides, versions, the audit log, and drain. Register it in a scope of its own. */
export function addAdminRoutes(server: FastifyInstance, context: AdminContext): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(BODY_TYPES, { parseAs: 'buffer' }, (request, body, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity') done(null, body);
    else
      done(
        new HeadgateError('unsupported_media_type', {
          detail: 'Send the body without a content encoding.',
        }),
      );
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('cache-control', 'no-store');
    done();
  });
  addLimitRoutes(server, context);
  addHistoryRoutes(server, context);
}

function addLimitRoutes(server: FastifyInstance, context: AdminContext): void {
  const { administration } = context;
  const change = async (edit: Edit, request: FastifyRequest, reply: FastifyReply) => {
    const asked = readRequest(request, edit.kind === 'remove-override' ? ['d.*'] : []);
    reply.header('x-request-id', asked.requestId);
    const answer = await administration.change(edit, asked);
    return reply.header('etag', `"${answer.version}"`).send({ ...answer, requestId: asked.requestId });
  };
  const bodyLimit = LIMITS_BYTES_MAX;

  server.get('/v1/admin/limits', { schema: GET_CURRENT }, (request, reply) => {
    refuseParameters(request.query as Query);
    const { limits, ...about } = administration.current();
    reply.header('etag', `"${about.version}"`);
    const file = { version: 1, environment: about.environment, limits } as const;
    if (!/\byaml\b/.test(request.headers.accept ?? '')) return reply.send({ ...about, file });
    return reply.header('content-type', 'application/yaml; charset=utf-8').send(context.showLimits(file));
  });
  server.put('/v1/admin/limits', { schema: PUT_LIMITS, bodyLimit }, (request, reply) =>
    change({ kind: 'replace', text: bodyText(request.body) }, request, reply),
  );
  server.put<Named>('/v1/admin/limits/:name', { schema: PUT_LIMIT, bodyLimit }, (request, reply) =>
    change({ kind: 'put', name: request.params.name, text: bodyText(request.body) }, request, reply),
  );
  server.delete<Named>('/v1/admin/limits/:name', { schema: DELETE_LIMIT }, (request, reply) =>
    change({ kind: 'remove', name: request.params.name }, request, reply),
  );
  server.put<Named>('/v1/admin/limits/:name/overrides', { schema: PUT_OVERRIDE }, (request, reply) =>
    change({ kind: 'put-override', name: request.params.name, text: bodyText(request.body) }, request, reply),
  );
  server.delete<Named>('/v1/admin/limits/:name/overrides', { schema: DELETE_OVERRIDE }, (request, reply) => {
    const dimensions = readDimensions(request.query as Query);
    return change({ kind: 'remove-override', name: request.params.name, dimensions }, request, reply);
  });
  server.post('/v1/admin/rollback', { schema: POST_ROLLBACK }, (request, reply) =>
    change({ kind: 'roll-back', to: readRollback(request.body) }, request, reply),
  );
}

function addHistoryRoutes(server: FastifyInstance, { administration, drain }: AdminContext): void {
  server.get('/v1/admin/versions', { schema: GET_VERSIONS }, (request) => {
    refuseParameters(request.query as Query);
    return administration.versions();
  });
  server.get<{ Params: { readonly a: string; readonly b: string } }>(
    '/v1/admin/versions/:a/diff/:b',
    { schema: GET_DIFF },
    (request) => {
      refuseParameters(request.query as Query);
      return administration.diff(request.params.a, request.params.b);
    },
  );
  server.get('/v1/admin/audit', { schema: GET_AUDIT }, (request) =>
    administration.audit(readAuditQuery(request.query as Query)),
  );
  server.post('/v1/admin/drain', { schema: POST_DRAIN }, async (request, reply) => {
    const asked = readRequest(request);
    reply.header('x-request-id', asked.requestId);
    if (asked.dryRun === true) return { draining: false, dryRun: true };
    await administration.record('drain', asked);
    drain();
    return { draining: true, dryRun: false };
  });
}
