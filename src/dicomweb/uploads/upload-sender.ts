import type { Sender } from '../../archive/upload/sender';
import type { AppContext } from '../context';

/** Longest text of a client's header that the record takes. */
const LONGEST_TEXT = 200;

/**
 * The sender of an upload as the gate sees it now. It is kept with the upload: its instances may be stored, and recorded,
 * without a request of the sender.
 */
export function uploadSender(c: AppContext): Sender {
  const { principal, credential, grantIn } = c.get('identity')!;
  const address = c.req.header('CF-Connecting-IP') ?? '';
  return {
    ...grantIn(c.get('archiveName')!, Date.now()).viewpoint('store')!,
    principal: principal.id,
    credential,
    kind: principal.kind,
    name: principal.name?.replace(/\p{Cc}/gu, ' ').slice(0, LONGEST_TEXT),
    // A text that is no IP address could be anything.
    address: /^[0-9A-Fa-f.:]{2,45}$/.test(address) ? address : undefined,
    agent: c.req.header('User-Agent')?.slice(0, LONGEST_TEXT),
  };
}
