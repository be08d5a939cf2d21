import type { Service, Transaction } from '../../dicomweb/route';
import * as transactions from '../json-transactions';
import { createShare, listShares, openShare, revokeShare, revokeSharesOf, showShare } from './shares';

const { LIST, SHOW, REVOKE } = transactions;
const CREATE: Transaction = {
  ...transactions.CREATE,
  failures: [...transactions.CREATE.failures, 'not-found', 'gone'],
};
const REVOKE_ALL: Transaction = { ...REVOKE, statuses: [200], failures: [...REVOKE.failures, 'bad-request'] };
const OPEN: Transaction = {
  ...CREATE,
  statuses: [200],
  failures: ['bad-request', 'forbidden', 'passphrase-needed', 'too-large', 'too-many-requests', 'unavailable'],
};

const STUDY = '/dicomweb/studies/{study}';

/** The shares of an archive: no part of DICOMweb. */
export const SHARE_ROUTES: Service = {
  base: '',
  routes: [
    ['POST', `${STUDY}/shares`, 'ShareStudy', 'share', createShare, CREATE],
    ['POST', `${STUDY}/series/{series}/shares`, 'ShareSeries', 'share', createShare, CREATE],
    ['GET', '/shares', 'ShareList', 'share', listShares, LIST],
    ['DELETE', '/shares', 'ShareRevokeAll', 'administer', revokeSharesOf, REVOKE_ALL],
    ['POST', '/shares/open', 'SignInByShare', 'secret', openShare, OPEN],
    ['GET', '/shares/{share}', 'ShareShow', 'share', showShare, SHOW],
    ['DELETE', '/shares/{share}', 'ShareRevoke', 'share', revokeShare, REVOKE],
  ],
};
