/** `npm run keys`: lists, creates, renews and revokes the API keys of an archive. */
import { readOptions, USAGE } from './keys/options.mjs';
import { keysOverHTTP } from './keys/over-http.mjs';
import { readArguments } from './support/read-arguments.mjs';

async function main() {
  const options = readArguments('keys', () => readOptions(process.argv.slice(2), process.env));
  if (options === 'help') return console.log(USAGE);
  const { action, id, place } = options;
  const keys = place.kind === 'http' ? keysOverHTTP(place) : await inDatabase(place);
  if (action === 'list') return show(await keys.list());
  if (action === 'create') return showSecret(await keys.create(options));
  if (action === 'renew') return showSecret(await keys.renew(id, options));
  await keys.revoke(id);
  console.log(`${id} is revoked. Requests with it are refused within 30 seconds.`);
}

/**
 * Loaded only here: it loads wrangler, which takes a second.
 * @param {Parameters<typeof import('./keys/in-database.mjs').keysInDatabase>[0]} place
 */
async function inDatabase(place) {
  const { keysInDatabase } = await import('./keys/in-database.mjs');
  return keysInDatabase(place);
}

/** @param {import('./keys/keys.mjs').Key[]} list */
function show(list) {
  if (list.length === 0) console.log('There are no keys.');
  for (const { id, name, roles, expires, lastUsed, revoked } of list) {
    const state = revoked
      ? `revoked ${day(revoked)}`
      : `${Date.parse(expires) > Date.now() ? 'expires' : 'expired'} ${day(expires)}`;
    console.log(
      `${id}  ${roles.join(',')}  ${state}, ${lastUsed ? `last used ${day(lastUsed)}` : 'not used'}  ${name}`,
    );
  }
}

/** @param {import('./keys/keys.mjs').Key} key */
function showSecret({ id, roles, expires, key }) {
  console.log(`${id}  ${roles.join(',')}  expires ${day(expires)}`);
  console.log('The key is shown only now. Send it as "Authorization: Bearer KEY", or as the password of Basic:');
  console.log(key);
}

/** @param {string} time */
function day(time) {
  return time.slice(0, 10);
}

main().catch((error) => {
  console.error(`npm run keys: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
});
