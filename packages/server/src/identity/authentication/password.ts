/**
 * Password hashing: argon2id with OWASP's parameters (19 MiB, two passes, one lane), off the event loop, bounded, and in turn,
 * so that a flood of sign-ins costs its senders patience, and not this process its memory or others their sign-in.
 */
import { argon2, type Argon2Parameters } from 'node:crypto';
import { FairTurns } from '../../limits/fair-turns.ts';
import { equalBytes } from '../../kit/hash.ts';
import { networkOf } from '../../kit/network.ts';
import type { RandomBytes } from '../../kit/random.ts';

export interface PasswordHasher {
  /** Answers a PHC string. */
  hash(password: string, sender: PasswordSender): Promise<string>;
  /** Takes as long for `null` (nobody) as for a real hash. */
  verify(password: string, phc: string | null, sender: PasswordSender): Promise<PasswordCheck>;
  /** How many wait for their turn at this moment. */
  readonly waiting: number;
}

/** Who shares a turn: those of one network, and those who name one account. `null` is the command line. */
export interface PasswordSender {
  readonly address: string | null;
  readonly account: string;
}

export interface PasswordCheck {
  readonly matches: boolean;
  /** The hash was made with other parameters than today's. */
  readonly isOutdated: boolean;
}

/** Too many passwords are waiting to be hashed; the request should be answered with 503. */
export class PasswordQueueFull extends Error {
  readonly isTemporary = true;

  constructor() {
    super('too many passwords are waiting to be checked');
  }
}

interface Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface Phc extends Cost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** OWASP Password Storage Cheat Sheet: argon2id, m=19456 (19 MiB), t=2, p=1. */
export const OWASP_COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 };

const SALT_BYTES = 16;
const TAG_BYTES = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export interface HasherOptions {
  readonly randomBytes: RandomBytes;
  readonly cost?: Cost;
  /** Passwords at a time. One network, and one account, has at most all but one. */
  readonly concurrency?: number;
  readonly mostWaiting?: number;
}

export function createPasswordHasher(options: HasherOptions): PasswordHasher {
  const { randomBytes, cost = OWASP_COST, concurrency = 3, mostWaiting = 64 } = options;
  const limits = { turns: concurrency, turnsOfGroup: Math.max(1, concurrency - 1), mostWaiting };
  const turns = new FairTurns(limits, () => new PasswordQueueFull());
  const nobody: Phc = { ...cost, salt: Buffer.alloc(SALT_BYTES), tag: Buffer.alloc(TAG_BYTES) };

  const derive = (
    password: string,
    phc: Omit<Phc, 'tag'>,
    sender: PasswordSender,
  ): Promise<Buffer> => turns.run(groupsOf(sender), () => argon2id(password, phc));

  return {
    get waiting() {
      return turns.waiting;
    },
    async hash(password, sender) {
      const salt = Buffer.from(randomBytes(SALT_BYTES));
      return writePhc({ ...cost, salt, tag: await derive(password, { ...cost, salt }, sender) });
    },
    async verify(password, stored, sender) {
      const phc = stored === null ? null : parsePhc(stored);
      const tag = await derive(password, phc ?? nobody, sender);
      const matches = equalBytes(tag, (phc ?? nobody).tag) && phc !== null;
      return { matches, isOutdated: phc !== null && !sameCost(phc, cost) };
    },
  };
}

const groupsOf = ({ address, account }: PasswordSender): readonly string[] => [
  address === null ? 'no network' : `network ${networkOf(address)}`,
  `account ${account}`,
];

function argon2id(password: string, phc: Omit<Phc, 'tag'>): Promise<Buffer> {
  const parameters: Argon2Parameters = {
    // NFKC: the same password typed on another keyboard or system gives the same bytes (NIST SP 800-63B section 3.1.1.2).
    message: password.normalize('NFKC'),
    nonce: phc.salt,
    parallelism: phc.parallelism,
    tagLength: TAG_BYTES,
    memory: phc.memory,
    passes: phc.passes,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

const sameCost = (left: Cost, right: Cost): boolean =>
  left.memory === right.memory &&
  left.passes === right.passes &&
  left.parallelism === right.parallelism;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const writePhc = (phc: Phc): string =>
  `$argon2id$v=19$m=${phc.memory},t=${phc.passes},p=${phc.parallelism}$${unpadded(phc.salt)}$${unpadded(phc.tag)}`;

function parsePhc(text: string): Phc | null {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(text) ?? [];
  if (salt === undefined || tag === undefined) return null;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}
