import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { digestOfKey, newKeyText } from '../../src/access/key-text';
import { createApp } from '../../src/app';
import type { Session } from '../../src/archive/access/sessions';
import type { Share } from '../../src/archive/access/shares';
import type { Archive } from '../../src/archive/ports';
import { digestOfText } from '../../src/auth/session/sealed';
import { newTicket } from '../../src/auth/share/share-ticket';
import { openArchive } from '../../src/storage/open-archive';

/*
 * The app with each kind of credential, in this process, so that nothing but its own work is measured. What the database would
 * answer is in memory; the requests that are measured ask it for nothing.
 */

const HOUR_MS = 60 * 60 * 1000;
const ISSUER = 'https://id.example';
const SHARE = '0123456789abcdef';

/** Requests with one kind of credential. */
export interface Kind {
  readonly name: string;
  /** Sends one request. @returns its status */
  send(): Promise<number>;
}

/** @param url a request that passes the gate and is refused for its parameters: nothing is looked up */
export async function kinds(url: string): Promise<Kind[]> {
  const [key, session] = [newKeyText(), 's'.repeat(43)];
  const archive = await memoryArchive(key, session);
  const app = createApp(() => archive);
  const settings = {
    LOG_REQUESTS: 'changes',
    ROLES: {
      reader: { permissions: ['search', 'retrieve'] },
      part: { permissions: ['search', 'retrieve'], studies: { AccessionNumber: ['A*'], StudyDateWithinDays: 90 } },
    },
    ISSUERS: [{ issuer: ISSUER, audience: 'archive', rolesClaim: 'roles' }],
    SIGN_IN: { issuer: 'https://viewer.example', clientID: 'viewer', rolesClaim: 'roles' },
    SESSION_KEY: 'a key of a measurement that has enough characters',
  };
  const closed = settings as unknown as Env;
  const open = { ...settings, ALLOW_ANONYMOUS: 'true' } as unknown as Env;
  const ticket = await newTicket(archive, SHARE, Date.now() + HOUR_MS);
  const kind = (name: string, headers: Record<string, string>, env = closed, at = url): Kind => ({
    name,
    send: async () => {
      const context = { waitUntil: () => undefined, passThroughOnException: () => undefined };
      const response = await app.fetch(new Request(at, { headers }), env, context as unknown as ExecutionContext);
      await response.text();
      return response.status;
    },
  });
  const shared = url.replace('/dicomweb', `/shares/${SHARE}/dicomweb`);
  return [
    kind('anonymous', {}, open),
    kind('key', { Authorization: `Bearer ${key}` }),
    kind('key as Basic', { Authorization: `Basic ${btoa(`modality:${key}`)}` }),
    kind('token', { Authorization: `Bearer ${await token(['reader'])}` }),
    kind('token for a part', { Authorization: `Bearer ${await token(['part'])}` }),
    kind('session', { Cookie: `other=1; __Host-session=${session}` }),
    kind('share', { Cookie: `other=1; __Secure-share-${SHARE}=${ticket}` }, closed, shared),
    kind('share as Bearer', { Authorization: `Bearer ${ticket}` }),
  ];
}

async function memoryArchive(keyText: string, sessionText: string): Promise<Archive> {
  const none = {} as never;
  const archive = openArchive('', { database: none, bucket: none, queue: none });
  const now = Date.now();
  const digest = await digestOfKey(keyText);
  const key = { id: SHARE, name: 'Key', roles: ['reader'], createdAt: now, createdBy: 'x', expiresAt: now + HOUR_MS };
  const session: Session = {
    id: await digestOfText(sessionText),
    principal: `${ISSUER}|anna`,
    name: 'Anna',
    roles: ['reader'],
    tokens: '',
    begunAt: now,
    seenAt: now,
    endsAt: now + HOUR_MS,
    renewAt: undefined,
  };
  const share: Share = {
    id: SHARE,
    scope: { studyInstanceUID: '1.2.3.4' },
    download: true,
    createdAt: now,
    createdBy: 'x',
    expiresAt: now + HOUR_MS,
    uses: 0,
  };
  return {
    ...archive,
    keys: { ...archive.keys, find: async (of) => (of === digest ? { ...key, lastUsedAt: now } : undefined) },
    sessions: { ...archive.sessions, find: async (id) => (id === session.id ? session : undefined) },
    shares: { ...archive.shares, get: async () => share },
    sharers: { ...archive.sharers, find: async () => new Map(), see: async () => undefined },
    index: { ...archive.index, secret: async () => new Uint8Array(32) },
    record: { ...archive.record, add: async () => undefined },
  };
}

/** A token of a provider, whose keys are fetched once. */
async function token(roles: string[]): Promise<string> {
  const signed = await signer();
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'archive', sub: roles.join(), iat: now, exp: now + 3600, roles };
  return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(signed);
}

let signing: Promise<CryptoKey> | undefined;

function signer(): Promise<CryptoKey> {
  signing ??= generateKeyPair('RS256').then(async ({ privateKey, publicKey }) => {
    const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' };
    globalThis.fetch = async (input) =>
      String(input).endsWith('/keys')
        ? Response.json({ keys: [jwk] })
        : Response.json({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys` });
    return privateKey;
  });
  return signing;
}
