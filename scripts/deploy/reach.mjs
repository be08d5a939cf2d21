import { tableOf } from '../archives/table.mjs';

/**
 * A grant of a role, as ROLES says it.
 * @typedef {{ permissions?: string[], archives?: string[], studies?: object, deidentify?: unknown, quota?: object }} Role
 */
/** An issuer, as ISSUERS or SIGN_IN says it. @typedef {{ issuer?: string, everyone?: string[], roles?: Record<string, string | string[]> }} Issuer */

/** The names that src/counters.ts reads. */
export const COUNTERS = ['REQUESTS_PER_PRINCIPAL', 'REQUESTS_PER_ARCHIVE'];

/**
 * Tells who can reach what of a deployment, in sentences for its owner.
 * @param {Record<string, unknown>} vars the Worker's settings, as wrangler.toml has them
 * @param {readonly string[]} domains the Pages project's: its address of pages.dev, and its custom domains
 * @param {readonly { name: string }[]} limits its [[ratelimits]]
 * @returns {string[]}
 */
export function whoReachesWhat(vars, domains, limits = []) {
  return [...addresses(vars, domains), ...people(vars), ...rates(limits)];
}

/** @param {readonly { name: string }[]} limits */
function rates(limits) {
  return COUNTERS.filter((name) => limits.every((limit) => limit.name !== name)).map(
    (name) => `WARNING: [[ratelimits]] has no ${name}, so there is no such limit.`,
  );
}

/** @param {Record<string, unknown>} vars @param {readonly string[]} domains */
function addresses(vars, domains) {
  const own = list(vars.PUBLIC_ORIGIN).map(hostOf);
  const others = list(vars.ALLOWED_HOSTS);
  const everywhere = own.length === 0 || others.includes('*');
  const answered = (/** @type {string} */ domain) => everywhere || own.includes(domain) || others.includes(domain);
  const said = domains.map((domain) => `https://${domain}: ${answered(domain) ? 'answers' : 'is refused (421)'}.`);
  const strange = own.filter((host) => !domains.includes(host));
  if (strange.length > 0)
    said.push(`PUBLIC_ORIGIN names ${strange.join(', ')}: no domain of the Pages project, so a proxy must lead there.`);
  said.push(
    everywhere
      ? 'The address of each deployment (HASH.PROJECT.pages.dev) answers too: with PUBLIC_ORIGIN set, it is refused.'
      : 'The address of each deployment (HASH.PROJECT.pages.dev) is refused (421).',
  );
  const origins = list(vars.CORS_ORIGINS);
  if (origins.includes('*'))
    said.push('CORS_ORIGINS: the pages of every site may call the archive with the credentials that they have.');
  else if (origins.length > 0) said.push(`CORS_ORIGINS: pages of ${origins.join(', ')} may call the archive.`);
  return said;
}

/** @param {Record<string, unknown>} vars */
function people(vars) {
  if (String(vars.ALLOW_ANONYMOUS) === 'true') {
    return [
      'WARNING: ALLOW_ANONYMOUS is set. Everybody who reaches an address above may read, change and delete everything.',
    ];
  }
  const roles = rolesOf(vars.ROLES);
  if (roles === undefined) return ['ROLES is not JSON: every request is answered with 503.'];
  const names = Object.entries(roles);
  if (names.length === 0)
    return ['Nobody has access: without ROLES, every request is answered with 503. See README, "Deploy".'];
  return [
    'Without a credential: sign-in, /health without details. Everything else is refused (401).',
    ...names.map(([name, { permissions = [], archives = ['default'], studies, deidentify }]) => {
      const where = archives.includes('*') ? 'every archive' : `archive ${archives.join(', ')}`;
      const which = studies === undefined ? 'all studies' : `studies with ${Object.keys(studies).join(' and ')}`;
      return `Role ${name}: ${permissions.join(', ')}; ${where}; ${which}${deidentify ? ', de-identified' : ''}.`;
    }),
    ...strangeArchives(vars, names),
    ...issuers(vars, roles),
    'Who has a role: the holders of API keys with it (npm run keys -- list), and whom an identity provider gives it.',
  ];
}

/** @param {Record<string, unknown>} vars @param {readonly [string, Role][]} roles */
function strangeArchives(vars, roles) {
  const known = ['default', '*', ...Object.keys(tableOf(vars.ARCHIVES))];
  return roles.flatMap(([name, { archives = [] }]) =>
    archives
      .filter((archive) => !known.includes(archive))
      .map(
        (archive) =>
          `WARNING: role ${name} names the archive ${archive}, which does not exist. The role will count in an archive that gets this name.`,
      ),
  );
}

/** @param {Record<string, unknown>} vars @param {Record<string, Role>} roles */
function issuers(vars, roles) {
  const signIn = parsed(vars.SIGN_IN);
  const listed = parsed(vars.ISSUERS);
  const all = /** @type {Issuer[]} */ ([...(Array.isArray(listed) ? listed : []), ...(signIn ? [signIn] : [])]);
  return all.flatMap(({ issuer = '?', everyone = [], roles: values = {} }) => {
    const given = [...new Set([...everyone, ...Object.values(values).flat()])];
    return [
      ...(everyone.length > 0 ? [`Everybody with an accepted token of ${issuer} has: ${everyone.join(', ')}.`] : []),
      ...given
        .filter((name) => !Object.hasOwn(roles, name))
        .map((name) => `WARNING: ${issuer} gives the role ${name}, which ROLES does not have. It gives nothing.`),
    ];
  });
}

/** @param {unknown} value of a setting that is a table or JSON @returns {unknown} undefined: it is neither */
function parsed(value) {
  if (typeof value !== 'string') return value;
  try {
    return value.trim() === '' ? undefined : JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {Record<string, Role> | undefined} */
function rolesOf(value) {
  if (typeof value !== 'string') return /** @type {Record<string, Role>} */ (value ?? {});
  if (value.trim() === '') return {};
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value of a setting that is a comma-separated list */
function list(value) {
  const names = typeof value === 'string' ? value.split(',') : [];
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** @param {string} origin */
function hostOf(origin) {
  return URL.canParse(origin) ? new URL(origin).hostname : origin;
}
