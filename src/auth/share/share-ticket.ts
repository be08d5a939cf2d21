import type { Archive } from '../../archive/ports';
import { equalTexts } from '../equal-texts';

/*
 * A ticket of a share. A browser exchanges the secret of a link for one, and a script may use it as a Bearer token. It holds
 * the id of the share, its own end, and an HMAC-SHA-256 of both with a key of the archive. The archive does not store
 * tickets. A ticket also ends when the share is revoked or expires.
 */

const PREFIX = 'dwt_';
const FORM = /^dwt_([0-9a-f]{16})\.([0-9a-z]{1,11})\.([0-9A-Za-z_-]{43})$/;

/** Milliseconds for which an opened link can be used. */
export const TICKET_MS = 12 * 60 * 60 * 1000;

/** Whether a text begins like a ticket, so that no other kind of credential is meant. */
export function looksLikeTicket(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** @param until milliseconds since 1970 */
export async function newTicket(archive: Archive, id: string, until: number): Promise<string> {
  const end = until.toString(36);
  return `${PREFIX}${id}.${end}.${await signature(archive, id, end)}`;
}

/** @returns the id of the share, and when the ticket ends; undefined when the ticket is not valid */
export async function readTicket(
  archive: Archive,
  text: string,
  now: number,
): Promise<{ readonly id: string; readonly until: number } | undefined> {
  const [, id = '', end = '', signed = ''] = FORM.exec(text) ?? [];
  const until = Number.parseInt(end, 36);
  if (id === '' || !(until > now)) return undefined;
  const expected = await signature(archive, id, end);
  return equalTexts(expected, signed) ? { id, until } : undefined;
}

/** The secrets of the archives of an isolate. They do not change while an index lives. */
const secrets = new WeakMap<Archive, Uint8Array>();

async function signature(archive: Archive, id: string, end: string): Promise<string> {
  const secret = secrets.get(archive) ?? (await archive.index.secret('share-tickets'));
  secrets.set(archive, secret);
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${id}.${end}`)));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
