import type { Service, Transaction } from '../../dicomweb/route';
import { CREATE, LIST, REVOKE, SHOW } from '../json-transactions';
import { changeKey, createKey, listKeys, renewKey, revokeKey, showKey } from './keys';

const RENEW: Transaction = { ...CREATE, statuses: [200], failures: [...CREATE.failures, 'not-found', 'conflict'] };

const CHANGE: Transaction = { ...CREATE, statuses: [200], failures: [...CREATE.failures, 'not-found'] };

const KEY = '/keys/{key}';

/** The API keys of an archive: no part of DICOMweb. */
export const KEY_ROUTES: Service = {
  base: '',
  routes: [
    ['GET', '/keys', 'ListKeys', 'administer', listKeys, LIST],
    ['POST', '/keys', 'CreateKey', 'administer', createKey, CREATE],
    ['GET', KEY, 'ShowKey', 'administer', showKey, SHOW],
    ['PATCH', KEY, 'ChangeKey', 'administer', changeKey, CHANGE],
    ['DELETE', KEY, 'RevokeKey', 'administer', revokeKey, REVOKE],
    ['POST', `${KEY}/renew`, 'RenewKey', 'administer', renewKey, RENEW],
  ],
};
