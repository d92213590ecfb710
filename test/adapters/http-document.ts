import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { type Answer, ask } from './http-fixture.ts';

type Schema = Readonly<Record<string, unknown>>;

type Parameter = {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
};

export type Operation = {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
};

/** The document of a running server, with what it takes to ask by it and to hold answers against it. */
export class ApiDocument {
  // biome-ignore lint/suspicious/noExplicitAny: a document is looked into in every direction
  readonly json: any;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  private constructor(json: unknown) {
    this.json = json;
    this.#ajv.addKeyword({
      keyword: 'x-max-bytes',
      validate: (most: number, text: unknown) => typeof text !== 'string' || Buffer.byteLength(text) <= most,
    });
    this.#ajv.addSchema(this.json, 'document');
  }

  static async of(origin: string): Promise<ApiDocument> {
    return new ApiDocument((await ask(`${origin}/openapi.json`)).body);
  }

  operations(): Operation[] {
    return Object.entries<Record<string, Schema>>(this.json.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        parameters: (operation['parameters'] ?? []) as Parameter[],
        body: (operation['requestBody'] as { content: Record<string, { schema: Schema }> } | undefined)
          ?.content['application/json']?.schema,
        responses: operation['responses'] as Operation['responses'],
      })),
    );
  }

  operation(method: string, path: string): Operation {
    const found = this.operations().find((each) => each.method === method && each.path === path);
    if (found === undefined) throw new Error(`${method} ${path} is not in the document`);
    return found;
  }

  /** The codes of the error table that an operation may answer with, as the document has them. */
  codesOf({ responses }: Operation): Set<string> {
    const schemas = Object.values(responses).flatMap(({ content }) => Object.values(content ?? {}));
    return new Set(schemas.flatMap(({ schema }) => codesIn(schema)));
  }

  /** What is wrong with an answer as the document has it; empty when it is right. */
  problemsOf({ path, method, responses }: Operation, { status, headers, body, text }: Answer): string[] {
    const type = headers.get('content-type')?.split(';', 1)[0] ?? '';
    const documented = responses[status]?.content?.[type];
    if (documented === undefined)
      return [`${method} ${path}: ${status} as ${type} is not documented: ${text}`];
    if (method === 'HEAD') return [];
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      type,
      'schema',
    ];
    const validator = this.#validator(pointer);
    const value = type.endsWith('json') ? (body ?? JSON.parse(text)) : text;
    if (validator(value)) return [];
    return [`${method} ${path}: ${status}: ${this.#ajv.errorsText(validator.errors)}: ${text}`];
  }

  /** A value that a schema of the document allows, drawn by `seed`. */
  draw(schema: Schema, seed: number): unknown {
    const standalone = { ...schema, components: this.json.components };
    const allowed = this.#arbitrary(schema).filter((value) => this.#ajv.validate(standalone, value));
    return fc.sample(allowed, { numRuns: 1, seed })[0];
  }

  /** Values that a schema allows but for what its words alone say; of the keywords, those that the document uses. */
  #arbitrary(schema: Schema): fc.Arbitrary<unknown> {
    const { $ref, enum: values, anyOf, type } = schema as Record<string, never>;
    if ($ref !== undefined) return this.#arbitrary(this.#referred($ref));
    if (values !== undefined) return fc.constantFrom(...(values as unknown[]));
    if (anyOf !== undefined) return fc.oneof(...(anyOf as Schema[]).map((each) => this.#arbitrary(each)));
    if (type === 'integer')
      return fc.integer({ min: schema['minimum'] as number, max: schema['maximum'] as number });
    if (type === 'boolean') return fc.boolean();
    if (type === 'string') return text(schema);
    if (type === 'array') return fc.array(this.#arbitrary(schema['items'] as Schema), { maxLength: 5 });
    if (type === 'object') return this.#object(schema);
    throw new Error(`no values are known for ${JSON.stringify(schema)}`);
  }

  #object(schema: Schema): fc.Arbitrary<unknown> {
    const { properties, required = [], additionalProperties, propertyNames = {}, maxProperties } = schema;
    if (properties === undefined) {
      const value = this.#arbitrary(additionalProperties as Schema);
      return fc.dictionary(text(propertyNames as Schema), value, { maxKeys: (maxProperties as number) ?? 4 });
    }
    const fields = Object.entries(properties as Record<string, Schema>);
    const arbitraries = Object.fromEntries(fields.map(([name, each]) => [name, this.#arbitrary(each)]));
    return fc.record(arbitraries, { requiredKeys: required as string[] });
  }

  #referred(ref: string): Schema {
    return ref
      .split('/')
      .slice(1)
      .reduce((node, name) => node[name], this.json) as Schema;
  }

  #validator(pointer: readonly string[]): ValidateFunction {
    const escaped = pointer.map((part) =>
      encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const ref = `document#/${escaped.join('/')}`;
    const validator = this.#validators.get(ref) ?? this.#ajv.compile({ $ref: ref });
    this.#validators.set(ref, validator);
    return validator;
  }
}

function text({
  pattern = '',
  maxLength = 20,
}: {
  pattern?: string;
  maxLength?: number;
}): fc.Arbitrary<string> {
  return fc.stringMatching(new RegExp(pattern, 'u')).filter((value) => value.length <= maxLength);
}

function codesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties } = node as { properties?: { code?: { enum?: string[] } } };
  if (properties?.code?.enum !== undefined) return properties.code.enum;
  return Object.values(node).flatMap(codesIn);
}
