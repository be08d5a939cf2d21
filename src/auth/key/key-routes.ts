import type { Offer } from '../../dicomweb/answer/negotiate';
import type { Service, Transaction } from '../../dicomweb/route';
import { createKey, listKeys, renewKey, revokeKey, showKey } from './keys';

const JSON_OFFER: Offer = { mediaType: 'application/json', multipart: false };

const SHOW: Transaction = {
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [200],
  failures: ['not-found', 'unavailable'],
};
const CREATE: Transaction = {
  takes: [JSON_OFFER],
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [201],
  failures: ['bad-request', 'too-large', 'unsupported-media-type', 'unavailable'],
};
const RENEW: Transaction = { ...CREATE, statuses: [200], failures: [...CREATE.failures, 'not-found', 'conflict'] };
const REVOKE: Transaction = { gives: [], negotiated: false, statuses: [204], failures: ['not-found', 'unavailable'] };

const KEY = '/keys/{key}';

/** The API keys of an archive: no part of DICOMweb. */
export const KEY_ROUTES: Service = {
  base: '',
  routes: [
    ['GET', '/keys', 'ListKeys', 'administer', listKeys, { ...SHOW, failures: ['unavailable'] }],
    ['POST', '/keys', 'CreateKey', 'administer', createKey, CREATE],
    ['GET', KEY, 'ShowKey', 'administer', showKey, SHOW],
    ['DELETE', KEY, 'RevokeKey', 'administer', revokeKey, REVOKE],
    ['POST', `${KEY}/renew`, 'RenewKey', 'administer', renewKey, RENEW],
  ],
};
