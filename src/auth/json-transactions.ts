import type { Offer } from '../dicomweb/answer/negotiate';
import type { Transaction } from '../dicomweb/route';

const JSON_OFFER: Offer = { mediaType: 'application/json', multipart: false };

/* The requests and answers of the routes of API keys and shares. */

/** Shows a key or a share. */
export const SHOW: Transaction = {
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [200],
  failures: ['not-found', 'unavailable'],
};

/** Lists keys or shares. */
export const LIST: Transaction = { ...SHOW, failures: ['unavailable'] };

/** Creates a key or a share. */
export const CREATE: Transaction = {
  takes: [JSON_OFFER],
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [201],
  failures: ['bad-request', 'too-large', 'unsupported-media-type', 'unavailable'],
};

/** Revokes a key or a share. */
export const REVOKE: Transaction = {
  gives: [],
  negotiated: false,
  statuses: [204],
  failures: ['not-found', 'unavailable'],
};
