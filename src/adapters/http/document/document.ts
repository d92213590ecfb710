import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { ALERT_WEBHOOK } from './alerts-operations.ts';
import { withComponents } from './components.ts';
import { errorTable } from './problem-schema.ts';

/** Where the document is. */
const DOCUMENT_PATH = '/openapi.json';

/** What the page may load: nothing from anywhere else. */
const PAGE_POLICY =
  "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; style-src 'self' 'unsafe-inline'";

const NO_LOGO = '<svg xmlns="http://www.w3.org/2000/svg"/>';

const INTRODUCTION = `One global rate limit, held by several regions without asking each other.

Whatever is not a decision or a state is a problem document (RFC 9457) with one of these codes:

${errorTable()}`;

/** Adds `/openapi.json`, which tells what the routes that are added after this take and answer, and `/docs`, which shows it. */
export function addDocument(server: FastifyInstance, version: string): void {
  server.register(swagger, {
    convertConstToEnum: false,
    transformObject: (document) =>
      withComponents('openapiObject' in document ? document.openapiObject : document.swaggerObject),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Headgate',
        version,
        description: INTRODUCTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as { name: string },
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { bearer: [] }],
      webhooks: ALERT_WEBHOOK as never,
      tags: [
        { name: 'decisions', description: 'May this request go on?' },
        { name: 'health', description: 'For load balancers and scripts' },
        { name: 'state', description: 'What this region knows' },
        {
          name: 'administration',
          description: 'Limits managed in one place, with versions and an audit log',
        },
      ],
    },
  });
  server.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    logo: { type: 'image/svg+xml', content: Buffer.from(NO_LOGO) },
    theme: { title: 'Headgate', css: [{ filename: 'plain.css', content: '.topbar { display: none }' }] },
    uiConfig: { deepLinking: true, docExpansion: 'list', tryItOutEnabled: true },
  });
  server.register((scope, _options, done) => {
    scope.get(DOCUMENT_PATH, { schema: { hide: true } }, (_request, reply) =>
      reply.header('cache-control', 'no-cache').send(scope.swagger()),
    );
    done();
  });
}
