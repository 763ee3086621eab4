import { randomUUID } from 'node:crypto';
import { SyncError } from '@cloudsync/engine';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from '@fastify/type-provider-zod';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { Api } from './api.ts';
import { authenticateRequests } from './authentication.ts';
import { replyWithError } from './error-reply.ts';
import type { HttpContext } from './http-context.ts';
import { describeRoutes } from './open-api.ts';
import { RateLimit } from './rate-limit.ts';
import { accountRoutes } from './routes/account-routes.ts';
import { contentRoutes } from './routes/content-routes.ts';
import { fileRoutes } from './routes/file-routes.ts';
import { healthRoutes } from './routes/health-routes.ts';
import { logRoutes } from './routes/log-routes.ts';
import { memberRoutes } from './routes/member-routes.ts';
import { publicShareRoutes } from './routes/public-share-routes.ts';
import { shareRoutes } from './routes/share-routes.ts';
import { uploadPartRoutes, uploadRoutes } from './routes/upload-routes.ts';
import { userRoutes } from './routes/user-routes.ts';
import { versionRoutes } from './routes/version-routes.ts';
import { webhookRoutes } from './routes/webhook-routes.ts';
import { workspaceRoutes } from './routes/workspace-routes.ts';

/** Requests a minute. */
export interface RateLimits {
  readonly perKey: number;
  /** For requests without a key. */
  readonly perAddress: number;
}

export interface HttpAppOptions {
  readonly context: HttpContext;
  readonly log: FastifyBaseLogger;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  readonly rateLimits: RateLimits;
  /** Whether the address of a client is told by a proxy. */
  readonly trustProxy: boolean;
  /** Of the product, for the OpenAPI document. */
  readonly version: string;
}

/** Bodies other than contents. */
const BODY_BYTES_MAX = 256 * 1024;
/** A connection on which nothing moves for so long is closed. */
const SILENT_MS = 120_000;
const MINUTE_MS = 60_000;

/** Bodies are JSON. */
const ROUTES = [
  accountRoutes,
  userRoutes,
  workspaceRoutes,
  memberRoutes,
  fileRoutes,
  versionRoutes,
  uploadRoutes,
  shareRoutes,
  webhookRoutes,
  logRoutes,
];

/** The REST API over HTTP. It does not listen yet. */
export async function createHttpApp({ context, log, tls, rateLimits, version, trustProxy }: HttpAppOptions): Promise<Api> {
  const app = fastify({
    loggerInstance: log,
    ...(tls !== undefined && { https: { cert: tls.cert, key: tls.key } }),
    bodyLimit: BODY_BYTES_MAX,
    connectionTimeout: SILENT_MS,
    trustProxy,
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    // Of Fastify's own lines each holds the URL, and a URL can hold the secret of a share.
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 1000 },
    // URLs that cannot be decoded or are too long, before there is a route.
    frameworkErrors: (error, request, reply) => replyWithError(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>() as unknown as Api;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(replyWithError);
  app.setNotFoundHandler((request, reply) => {
    replyWithError(new SyncError('server/not-found', 'there is no such route; GET /v1/openapi.json lists them all'), request, reply);
  });
  takeJson(app);
  observeRequests(app, context);
  const rate = (requestsMax: number): RateLimit => new RateLimit({ requestsMax, windowMs: MINUTE_MS, now: context.now });
  authenticateRequests(app, { context, keyRate: rate(rateLimits.perKey), addressRate: rate(rateLimits.perAddress) });
  await describeRoutes(app, version);
  await app.register(async (scope) => healthRoutes(scope as unknown as Api, context));
  await app.register(async (scope) => publicShareRoutes(takingBytes(scope as unknown as Api), context));
  await app.register(
    async (scope) => {
      for (const routes of ROUTES) routes(scope as unknown as Api, context);
      scope.get('/openapi.json', { schema: { hide: true }, config: { isPublic: true } }, async () => app.swagger());
    },
    { prefix: '/v1' },
  );
  await app.register(
    async (scope) => {
      const bytes = takingBytes(scope as unknown as Api);
      contentRoutes(bytes, context);
      uploadPartRoutes(bytes, context);
    },
    { prefix: '/v1' },
  );
  return app;
}

/** JSON is UTF-8: other bytes are refused, not replaced by something that nobody sent. */
function takeJson(app: Api): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      return done(new SyncError('server/invalid', 'the body is not UTF-8'), undefined);
    }
    parse(request, text, done);
  });
}

/** Bodies are streams of bytes, whatever their type says. */
function takingBytes(scope: Api): Api {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  return scope;
}

/** One line in the log and one observation for each request, by its route: a URL can hold names and secrets. */
function observeRequests(app: Api, { metrics, isReady }: HttpContext): void {
  // Connections that are kept would hold up a server that closes.
  app.addHook('onSend', async (_request, reply) => {
    if (!isReady()) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, principal } = request;
    const { statusCode: status, elapsedTime } = reply;
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    metrics.requestDone({ method, route, status, seconds: elapsedTime / 1000 });
    request.log.info(
      { method, route, status, ms: Math.round(elapsedTime), address: request.ip, user: principal?.userId, key: principal?.keyId },
      'request',
    );
  });
}
