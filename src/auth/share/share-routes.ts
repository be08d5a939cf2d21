import type { Offer } from '../../dicomweb/answer/negotiate';
import type { Service, Transaction } from '../../dicomweb/route';
import { createShare, listShares, openShare, revokeShare, showShare } from './shares';

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
  failures: ['bad-request', 'not-found', 'gone', 'too-large', 'unsupported-media-type', 'unavailable'],
};
const OPEN: Transaction = {
  ...CREATE,
  statuses: [200],
  failures: ['bad-request', 'forbidden', 'passphrase-needed', 'too-large', 'too-many-requests', 'unavailable'],
};
const REVOKE: Transaction = { gives: [], negotiated: false, statuses: [204], failures: ['not-found', 'unavailable'] };

const STUDY = '/dicomweb/studies/{study}';

/** The shares of an archive: no part of DICOMweb. */
export const SHARE_ROUTES: Service = {
  base: '',
  routes: [
    ['POST', `${STUDY}/shares`, 'ShareStudy', 'share', createShare, CREATE],
    ['POST', `${STUDY}/series/{series}/shares`, 'ShareSeries', 'share', createShare, CREATE],
    ['GET', '/shares', 'ShareList', 'share', listShares, { ...SHOW, failures: ['unavailable'] }],
    ['POST', '/shares/open', 'SignInByShare', 'secret', openShare, OPEN],
    ['GET', '/shares/{share}', 'ShareShow', 'share', showShare, SHOW],
    ['DELETE', '/shares/{share}', 'ShareRevoke', 'share', revokeShare, REVOKE],
  ],
};
