/** Compares answers with the OpenAPI document: their status, headers and all their fields must be promised there. */
import assert from 'node:assert/strict';
import { Compile } from 'typebox/schema';

export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<'application/json', Media>> };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-required-scopes'?: readonly string[];
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Document {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

export interface Known {
  /** As in the route table: `GET /v2/tokens/:id`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export class Documented {
  readonly document: Document;
  readonly operations: readonly Known[];
  readonly #checkers = new Map<string, ReturnType<typeof Compile>>();

  constructor(document: Document) {
    this.document = document;
    this.operations = Object.entries(document.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([key, operation]) => {
        const method = key.toUpperCase();
        const path = template.replaceAll(/\{(\w+)\}/g, ':$1');
        return { name: `${method} ${path}`, method, path, operation };
      }),
    );
  }

  /** The operation that a request meets. */
  find(method: string, url: string): Known | undefined {
    const [path = ''] = url.split('?');
    const candidates = this.operations.filter((known) => known.method === method);
    return candidates.find((known) =>
      new RegExp(`^${known.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path),
    );
  }

  /** Fails when the document does not promise such an answer, or promises more. */
  assertAnswer({ name, operation }: Known, { status, headers, text }: Received): void {
    const response = operation.responses[String(status)];
    assert.ok(response !== undefined, `${name} documents no ${status}: ${text}`);
    for (const header of headers.keys())
      if (/^(x-ratelimit-|page-number|per-page|total|link|www-auth|retry-)/.test(header))
        assert.ok(response.headers?.[header] !== undefined, `${name} ${status} has ${header}`);
    const schema = response.content?.['application/json']?.schema;
    if (schema === undefined) return assert.equal(text, '', name);
    assert.match(headers.get('content-type') ?? '', /^application\/json/, `${name} ${status}`);
    const json: unknown = JSON.parse(text);
    const key = `${name} ${status}`;
    const checker = this.#checkers.get(key) ?? Compile(this.closed(schema) as object);
    this.#checkers.set(key, checker);
    if (!checker.Check(json))
      assert.fail(`${key}: ${JSON.stringify(checker.Errors(json)[1])}: ${text}`);
  }

  /** Components written out in place, and closed: an answer may hold nothing that is not documented. */
  closed(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((item) => this.closed(item));
    if (typeof schema !== 'object' || schema === null) return schema;
    if ('$ref' in schema && typeof schema.$ref === 'string')
      return this.closed(this.document.components.schemas[schema.$ref.split('/').at(-1) ?? '']);
    const copy = Object.fromEntries(
      Object.entries(schema).map(([key, item]) => [key, this.closed(item)]),
    );
    const isOpen = copy['additionalProperties'] !== undefined || copy['properties'] === undefined;
    return isOpen ? copy : { ...copy, additionalProperties: false };
  }
}
