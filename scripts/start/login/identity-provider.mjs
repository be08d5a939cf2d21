import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
// @ts-expect-error The package has no types.
import Provider from 'oidc-provider';
import { page, signInPage } from './pages.mjs';
import { PEOPLE, personOf } from './people.mjs';
import { AUDIENCE } from './settings.mjs';

/**
 * Starts a provider of OpenID Connect on this machine, in this process. It remembers nothing when it ends.
 * @param {import('./settings.mjs').Login} login
 * @param {readonly string[]} origins of the archive
 * @param {number} tokenSeconds life of its access tokens
 */
export async function startProvider({ issuer, port, clientSecret }, origins, tokenSeconds) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: randomBytes(6).toString('hex') };
  const provider = new Provider(issuer, /** @type {any} */ (configuration(key, clientSecret, origins, tokenSeconds)));
  const answer = provider.callback();
  const server = createServer((request, response) => {
    const uid = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (uid === undefined) answer(request, response);
    else askWho(provider, request, response).catch(() => response.writeHead(500).end());
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  server.unref();
}

/**
 * A token of the start itself, which stores the samples.
 * @param {import('./settings.mjs').Login} login
 */
export async function tokenOfStart({ issuer, clientSecret }) {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`start:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
  });
  const { access_token } = await response.json();
  return access_token;
}

/** @param {object} key @param {string} secret @param {readonly string[]} origins @param {number} seconds */
function configuration(key, secret, origins, seconds) {
  const at = (/** @type {string} */ path) => origins.map((origin) => origin + path);
  return {
    jwks: { keys: [key] },
    cookies: { keys: [secret] },
    clients: [
      {
        client_id: 'viewer',
        client_secret: secret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: at('/sign-in/callback'),
        post_logout_redirect_uris: at('/sign-out'),
      },
      {
        // OHIF's own sign-in: docs/access.md.
        client_id: 'ohif',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: at('/callback'),
        post_logout_redirect_uris: at('/'),
      },
      {
        client_id: 'start',
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    claims: { openid: ['sub', 'roles'], profile: ['name'] },
    conformIdTokenClaims: false,
    ttl: { AccessToken: seconds, ClientCredentials: 600, IdToken: seconds, Session: 12 * 3600, Grant: 12 * 3600 },
    clientBasedCORS: () => true,
    issueRefreshToken: (/** @type {any} */ _ctx, /** @type {any} */ client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    extraTokenClaims: (/** @type {any} */ _ctx, /** @type {any} */ token) => ({
      roles: PEOPLE.find(({ login }) => login === token.accountId)?.roles ?? ['start'],
    }),
    findAccount: (/** @type {any} */ _ctx, /** @type {string} */ login) => {
      const { name, roles } = PEOPLE.find((person) => person.login === login) ?? { name: login, roles: [] };
      return { accountId: login, claims: () => ({ sub: login, name, roles }) };
    },
    loadExistingGrant,
    interactions: {
      url: (/** @type {any} */ _ctx, /** @type {any} */ interaction) => `/interaction/${interaction.uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: '', audience: AUDIENCE, accessTokenFormat: 'jwt' }),
      },
      rpInitiatedLogout: { enabled: true, logoutSource },
    },
  };
}

/** The consent is given for everybody: both sides are on this machine. @param {any} ctx */
async function loadExistingGrant(ctx) {
  const { client, session, params, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope ?? 'openid');
  await grant.save();
  return grant;
}

/** The user has signed out in the viewer, so the provider does not ask again. @param {any} ctx @param {string} form */
function logoutSource(ctx, form) {
  const sent = form.replace(
    '</form>',
    '<input type="hidden" name="logout" value="yes"><button>Sign out</button></form>',
  );
  ctx.body = page('Signing out', `${sent}<script>document.forms[0].submit()</script>`);
}

/**
 * Shows the sign-in page, or takes what was entered there.
 * @param {any} provider
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function askWho(provider, request, response) {
  await provider.interactionDetails(request, response);
  let said = '';
  if (request.method === 'POST') {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const person = personOf(form.get('login') ?? '', form.get('password') ?? '');
    if (person) return await provider.interactionFinished(request, response, { login: { accountId: person.login } });
    said = 'The name or the password is wrong.';
  }
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(signInPage(said));
}
