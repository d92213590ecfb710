# syntax=docker/dockerfile:1
# Headgate as an image of about 200 MB: Alpine, Node itself without npm, the packages that run, and the sources, which Node runs as they are.
#
#   docker build -t headgate .
#   docker run --rm -p 127.0.0.1:8080:8080 -v "$PWD/headgate.yaml:/etc/headgate/headgate.yaml:ro" -v headgate:/var/lib/headgate headgate
#
# Whatever the configuration says can be said by HEADGATE_* variables, too (config/SETTINGS.md).

FROM node:24-alpine AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`, for the reason that scripts/setup.sh gives. Then what is there for compilers and for browsers only goes.
RUN npm install --omit=dev --no-save --loglevel=error --no-progress \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.md' \) -delete \
  && rm -rf node_modules/echarts/dist

# The console is built by what only development needs; what comes of it runs in browsers.
FROM node:24-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc vite.config.ts tsconfig.json ./
RUN npm install --no-save --loglevel=error --no-progress
COPY src src
RUN node node_modules/vite/bin/vite.js build --logLevel warn

FROM alpine:3.22
RUN apk add --no-cache libstdc++ \
  && addgroup -S -g 10001 headgate \
  && adduser -S -D -H -u 10001 -G headgate headgate \
  && install -d -o headgate -g headgate /var/lib/headgate
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY crdt crdt
COPY transport transport
COPY config config
COPY simulations simulations
COPY src src
COPY --from=console /app/dist/console dist/console

ENV NODE_ENV=production \
  HEADGATE_CONFIG=/etc/headgate/headgate.yaml \
  HEADGATE_DURABILITY_DIRECTORY=/var/lib/headgate \
  HEADGATE_NODE_LISTEN_HOST=0.0.0.0 \
  HEADGATE_NODE_LISTEN_PORT=8080
USER 10001:10001
VOLUME /var/lib/headgate
# Callers; gateways over gRPC; peers of the mesh.
EXPOSE 8080 8081 8090
STOPSIGNAL SIGTERM
# Ready to decide. Of a listener with TLS give your own.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD wget -q -O /dev/null "http://127.0.0.1:${HEADGATE_NODE_LISTEN_PORT}/health/ready" || exit 1
ENTRYPOINT ["node", "/app/src/main.ts"]
CMD ["serve"]
