import swagger from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from '@fastify/type-provider-zod';
import type { Api } from './api.ts';

/** Collects the schemas of all routes that are registered from now on into one document. */
export async function describeRoutes(api: Api, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CloudSync',
        version,
        description: 'Answers are {data}, lists {data, pagination: {cursor, hasMore}}, errors {error: {code, message, details}}.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: cs_…' } } },
      security: [{ apiKey: [] }],
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      const { isPublic, rawBody, rawAnswer } = route.route.config ?? {};
      const bytes = { type: 'string', format: 'binary' } as const;
      return {
        url,
        schema: {
          ...schema,
          ...(isPublic === true && { security: [] }),
          ...(rawBody === true && { body: bytes, consumes: ['application/octet-stream'] }),
          ...(rawAnswer === true && {
            produces: ['application/octet-stream'],
            response: { ...(schema.response as object | undefined), 200: { ...bytes, description: 'The bytes' } },
          }),
        },
      };
    },
    transformObject: jsonSchemaTransformObject,
  });
}
