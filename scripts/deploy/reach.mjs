/** A grant of a role, as ROLES says it. @typedef {{ permissions?: string[], archives?: string[], studies?: object }} Role */

/**
 * Tells who can reach what of a deployment, in sentences for its owner.
 * @param {Record<string, unknown>} vars the Worker's settings, as wrangler.toml has them
 * @param {readonly string[]} domains the Pages project's: its address of pages.dev, and its custom domains
 * @returns {string[]}
 */
export function whoReachesWhat(vars, domains) {
  return [...addresses(vars, domains), ...people(vars)];
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
    ...names.map(([name, { permissions = [], archives = ['default'], studies }]) => {
      const where = archives.includes('*') ? 'every archive' : `archive ${archives.join(', ')}`;
      return `Role ${name}: ${permissions.join(', ')}; ${where}; ${studies === undefined ? 'all studies' : 'some studies'}.`;
    }),
    'Who has a role: the holders of API keys with it (npm run keys -- list), and whom an identity provider gives it.',
  ];
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
