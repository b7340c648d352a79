/** The command line in a directory of its own: the real program as a child process, or its commands within this one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/run.ts';
import { freePort } from '../support/free-port.ts';

const BIN = fileURLToPath(new URL('../../bin/gatehouse.js', import.meta.url));

export const PASSWORD = 'copper lantern drifting north';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Server {
  readonly base: string;
  readonly process: ChildProcess;
  /** What it has written until now. */
  readonly said: { stdout: string; stderr: string };
  /** Answers the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export class Gatehouse {
  readonly directory = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  readonly env: Record<string, string> = {};
  /** Runs commands as people do. Otherwise they run within this process, which takes a tenth of the time; servers never do. */
  isProgram = false;
  /** Options of Node itself, for programs and servers. */
  node: readonly string[] = [];
  /** Whom programs and servers run as. */
  as: { readonly uid?: number; readonly gid?: number } = {};
  /** Called with everything that was written to standard error so far, at each piece of it. */
  onStderr: (said: string) => void = () => undefined;
  readonly #servers: Server[] = [];

  /** Runs a command to its end; `input` is piped to it. */
  run(args: readonly string[], input = ''): Promise<Ended> {
    const needsProcess = this.isProgram || args[0] === 'serve';
    return needsProcess ? this.#runProgram(args, input) : this.#runHere(args, input);
  }

  /** Runs a command that must succeed and print JSON. */
  async json(args: readonly string[], input = ''): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], input);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
    return JSON.parse(stdout);
  }

  /** Runs a command that must succeed; answers what it wrote to standard output. */
  async done(args: readonly string[], input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
    return stdout;
  }

  user(email: string): Promise<string> {
    return this.done(['user', 'create', email, '--name', 'Ada Example'], `${PASSWORD}\n`);
  }

  async token(email: string, ...options: string[]): Promise<string> {
    const args = ['token', 'create', email, '--description', 'nightly export', ...options];
    const stdout = await this.done(options.length > 0 ? args : [...args, '--all-scopes']);
    return stdout.trimEnd();
  }

  /** Starts the server and waits for the line that says where it listens. */
  async serve(args: readonly string[] = []): Promise<Server> {
    const port = await freePort();
    const base = `http://localhost:${port}`;
    const child = this.#spawn(['serve', ...args], { GATEHOUSE_PORT: String(port) });
    const said = this.#listen(child);
    const closed = once(child, 'close');
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', () => {
        if (said.stdout.includes(`listening on ${base}\n`)) resolve();
      });
      closed.then(() => reject(new Error(`serve ended: ${said.stderr}`)), reject);
    });
    const server: Server = {
      base,
      process: child,
      said,
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        await closed;
        return child.exitCode;
      },
    };
    this.#servers.push(server);
    return server;
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.directory, name), content);
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop('SIGKILL')));
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #runProgram(args: readonly string[], input: string): Promise<Ended> {
    const child = this.#spawn(args);
    const said = this.#listen(child);
    child.stdin?.on('error', () => undefined).end(input);
    await once(child, 'close');
    return { code: child.exitCode, ...said };
  }

  async #runHere(args: readonly string[], input: string): Promise<Ended> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const said = this.#listen({ stdout, stderr });
    const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)]);
    const code = await run(args, {
      stdin,
      stdout,
      stderr,
      env: this.#environment(),
      directory: this.directory,
    });
    const ended = [once(stdout, 'end'), once(stderr, 'end')];
    for (const stream of [stdout, stderr]) stream.end();
    await Promise.all(ended);
    return { code, ...said };
  }

  #spawn(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [...this.node, BIN, ...args], {
      cwd: this.directory,
      ...this.as,
      env: { ...this.#environment(), ...env },
    });
  }

  #environment(): Record<string, string> {
    const { PATH = '' } = process.env;
    // Nobody balances these.
    return { PATH, GATEHOUSE_DRAIN_SECONDS: '0', ...this.env };
  }

  #listen(child: Pick<ChildProcess, 'stdout' | 'stderr'>): {
    stdout: string;
    stderr: string;
  } {
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
        if (name === 'stderr') this.onStderr(said.stderr);
      });
    }
    return said;
  }
}
