import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Gateway } from '../../gateway.ts';
import { GATEWAY_PATH } from './check-paths.ts';
import { type Answer, sent } from './check-route.ts';
import type { Decider } from './decider.ts';
import { inputFromGateway } from './gateway.ts';

/** Methods that no gateway forwards as such. */
const NEVER_FORWARDED: readonly string[] = ['CONNECT'];

/** Adds the routes that decide a gateway's requests: any method, for some send the original one, and whatever body, unread. */
export function addGatewayRoute(
  server: FastifyInstance,
  {
    gateway,
    decider,
    answer,
  }: { readonly gateway: Gateway; readonly decider: Decider; readonly answer: Answer },
): void {
  const methods = METHODS.filter((method) => !NEVER_FORWARDED.includes(method));
  for (const method of methods) {
    if (!server.supportedMethods.includes(method)) server.addHttpMethod(method, { hasBody: true });
  }
  server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null));
    scope.route({
      method: methods,
      url: GATEWAY_PATH,
      schema: { hide: true },
      exposeHeadRoute: false,
      handler: (request, reply) => {
        decider.refuseUnlessServing();
        const input = inputFromGateway(gateway, request);
        const decided = decider.decide(input);
        if (decided instanceof Promise)
          return decided.then((late) => sent(reply, answer, { input, decided: late }));
        answer(reply, input, decided);
        return reply;
      },
    });
    done();
  });
}
