import { type FastifyInstance, type FastifyReply, type FastifyServerOptions, fastify } from 'fastify';
import { HeadgateError } from '../../errors.ts';
import { addAdminRoutes } from './admin-routes.ts';
import { addAlertsRoute } from './alerts-route.ts';
import { addBatchRoute } from './batch-route.ts';
import { boundedServer } from './bounded-server.ts';
import { BODY_BYTES_MAX, NAME_CHARS_MAX, TARGET_BYTES_MAX } from './bounds.ts';
import { addCheckRoute, answerer } from './check-route.ts';
import { checkShortcut } from './check-shortcut.ts';
import { addConsole } from './console-route.ts';
import type { HttpContext } from './context.ts';
import { Decider } from './decider.ts';
import { addDocument } from './document/document.ts';
import { addEventsRoute } from './events-route.ts';
import { addExplainRoute } from './explain-route.ts';
import { addFailureHandlers, answerClientError, sendProblem } from './failure.ts';
import { addGatewayRoute } from './gateway-route.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addHotKeysRoute } from './hot-keys-route.ts';
import { parseJsonBody } from './json-body.ts';
import { addLeaseRoutes } from './lease-routes.ts';
import { unlessOverloaded } from './overload.ts';
import { parseQuery } from './query.ts';
import { addReportRoute } from './report-routes.ts';
import { addRoles } from './roles.ts';
import { addSettleRoutes } from './settle-routes.ts';
import { addStateRoutes } from './state-routes.ts';
import { routedTarget } from './target.ts';
import { addThrottlingRoute } from './throttling-route.ts';

/** The server with all its routes, bounds and failures; it does not listen yet. */
export function buildServer(context: HttpContext): FastifyInstance {
  const { gateway } = context;
  const decider = new Decider(context);
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (routes) =>
      boundedServer(unlessOverloaded(checkShortcut(context, decider, routes), context), context.identity),
    forceCloseConnections: 'idle',
    // Health must still answer while the server stops; decisions refuse by themselves.
    return503OnClosing: false,
    rewriteUrl: (request) => routedTarget(request, gateway),
    routerOptions: { querystringParser: (text) => parseQuery(text), maxParamLength: NAME_CHARS_MAX },
    // A path with broken percent-encoding leads nowhere, whatever it was meant to be.
    frameworkErrors: (_error, _request, reply) =>
      sendProblem(reply as FastifyReply, new HeadgateError('unknown_path')),
    clientErrorHandler: answerClientError,
    schemaController: { compilersFactory: NO_SCHEMA_COMPILERS },
    ...(gateway === undefined ? {} : { trustProxy: [...gateway.trustedProxies] }),
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      done(null, parseJsonBody(body, request.headers['content-encoding']));
    } catch (error) {
      done(error as Error);
    }
  });
  server.decorateRequest('startedMonoMs', 0);
  addFirstHook(server, context);
  addRoles(server, context.roles);
  addFailureHandlers(server, context.log);
  addDocument(server, context.version);
  // Routes come after the document, which hears of each as it is added.
  server.register((scope, _options, done) => {
    addDecisionRoutes(scope, decider, context);
    addHealthRoutes(scope, context);
    done();
  });
  server.register((scope, _options, done) => {
    addStateRoutes(scope, context);
    addReportRoute(scope, context);
    addHotKeysRoute(scope, context);
    addThrottlingRoute(scope, context);
    addExplainRoute(scope, context);
    addAlertsRoute(scope, context);
    addEventsRoute(scope, context);
    done();
  });
  server.register((scope, _options, done) => {
    addConsole(scope);
    done();
  });
  const { admin } = context;
  if (admin !== undefined)
    server.register((scope, _options, done) => {
      addAdminRoutes(scope, admin);
      done();
    });
  return server;
}

function addFirstHook(server: FastifyInstance, { clock, phase }: HttpContext): void {
  server.addHook('onRequest', (request, reply, done) => {
    request.startedMonoMs = clock.now().monoMs;
    if (phase() === 'draining') reply.header('connection', 'close');
    if (request.originalUrl.length > TARGET_BYTES_MAX) done(new HeadgateError('uri_too_long'));
    else if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      reply.header('connection', 'close');
      done(new HeadgateError('malformed_http', { detail: 'Send a Host header.' }));
    } else done();
  });
}

function addDecisionRoutes(server: FastifyInstance, decider: Decider, context: HttpContext): void {
  const answer = answerer(context);
  addCheckRoute(server, decider, answer);
  addBatchRoute(server, decider, context);
  addSettleRoutes(server, decider, context);
  addLeaseRoutes(server, decider, context);
  context.addRoutes?.(server, () => decider.refusal());
  if (context.gateway !== undefined) addGatewayRoute(server, { gateway: context.gateway, decider, answer });
}

type SchemaCompilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/** Routes validate by themselves, and what they send is small or rendered already: the framework need not load its compilers. */
const NO_SCHEMA_COMPILERS = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => JSON.stringify,
} as unknown as SchemaCompilers;
