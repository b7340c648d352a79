/** The logger of one request, which names the request in every line. Most requests never log, so it is made late. */
import type { FastifyBaseLogger } from 'fastify';

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type Method = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

const METHODS: readonly Method[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

class LateLogger implements FastifyBaseLogger {
  // Added below, for all levels alike.
  declare readonly fatal: FastifyBaseLogger['fatal'];
  declare readonly error: FastifyBaseLogger['error'];
  declare readonly warn: FastifyBaseLogger['warn'];
  declare readonly info: FastifyBaseLogger['info'];
  declare readonly debug: FastifyBaseLogger['debug'];
  declare readonly trace: FastifyBaseLogger['trace'];
  declare readonly silent: FastifyBaseLogger['silent'];
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  #own: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: Bindings) {
    this.#parent = parent;
    this.#bindings = bindings;
  }

  get own(): FastifyBaseLogger {
    this.#own ??= this.#parent.child(this.#bindings);
    return this.#own;
  }

  get level(): string {
    return this.#parent.level;
  }

  child(...given: Parameters<FastifyBaseLogger['child']>): FastifyBaseLogger {
    return this.own.child(...given);
  }
}

const forward = (method: Method) =>
  function log(this: LateLogger, ...given: unknown[]): void {
    const { own } = this;
    Reflect.apply(own[method], own, given);
  };

Object.assign(
  LateLogger.prototype,
  Object.fromEntries(METHODS.map((method) => [method, forward(method)])),
);

export const createRequestLogger = (
  parent: FastifyBaseLogger,
  bindings: Bindings,
): FastifyBaseLogger => new LateLogger(parent, bindings);
