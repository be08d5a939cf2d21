/** `npm start`: the archive and its viewer on this machine, under one origin. */
import { buildViewer } from './build-viewer.mjs';
import { storeSamples } from './samples/store.mjs';
import { archivesIn, databasesIn } from './start/archives.mjs';
import { checkSettings } from './start/check-settings.mjs';
import { checkPort, claimDataFolder } from './start/data-folder.mjs';
import { keepTime, openFrontDoor, waitUntilReady } from './start/front-door.mjs';
import { keyHint, PEOPLE } from './start/login/people.mjs';
import { loginSettings } from './start/login/settings.mjs';
import { readOptions, USAGE } from './start/options.mjs';
import { prepareDataFolder } from './start/prepare.mjs';
import { endChildren, killChildren } from './support/children.mjs';

const progress = (/** @type {string} */ line) => console.log(`- ${line}`);
let release = () => {};
let hush = () => {};
let ending = false;

async function main() {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    console.log(USAGE);
    return;
  }
  await checkPort(options.port);
  release = await claimDataFolder(options.data, options.port);
  const databases = databasesIn(options.data, options.databases);
  await checkSettings(options.vars);
  await buildViewer(progress);
  const login = options.login ? await startLogin(options) : undefined;
  const vars = { ...login?.vars, ...options.vars };
  const archives = archivesIn(options.data, options.archives);
  const config = await prepareDataFolder({ ...options, archives, databases, vars }, progress);
  progress('starting the archive and the viewer');
  const door = openFrontDoor({ ...options, config });
  hush = door.hush;
  await waitUntilReady(door, options.data);
  keepTime(door);
  if (options.sample) {
    await Promise.race([door.ended, storeSamples(door.origin, options.data, progress, await login?.credentials())]);
  }
  for (const person of login ? PEOPLE : []) {
    console.log(`- sign in as "${person.login}", password "${person.login}": may ${person.may}`);
  }
  if (login) progress(keyHint(options.data));
  for (const name of archives) console.log(`- archive ${name}: ${door.origin}/?archive=${name}`);
  console.log(`ready: ${door.origin}`);
  await door.ended;
}

/**
 * Starts a provider of OpenID Connect, at which people sign in.
 * @param {import('./start/options.mjs').Options} options
 */
async function startLogin({ data, port, tokenLife }) {
  await checkPort(port + 1);
  const login = loginSettings(data, port);
  progress(`starting a provider of OpenID Connect at ${login.issuer}`);
  // Loaded only here: it takes a moment.
  const { startProvider, tokenOfStart } = await import('./start/login/identity-provider.mjs');
  await startProvider(login, [`http://localhost:${port}`, `http://127.0.0.1:${port}`], tokenLife);
  const credentials = async () => ({ Authorization: `Bearer ${await tokenOfStart(login)}` });
  return { ...login, credentials };
}

/** @param {number} code */
async function leave(code) {
  if (ending) {
    killChildren();
    process.exit(code);
  }
  ending = true;
  hush();
  await endChildren();
  release();
  process.exit(code);
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => leave(0));
}

// npm's shell does not pass signals on. When the shell has ended, this process ends too.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && !ending) leave(0);
  }, 100).unref();
}

main().then(
  () => leave(0),
  (error) => {
    if (ending) return;
    console.error(`\nnpm start: ${error instanceof Error ? error.message : error}`);
    leave(1);
  },
);
