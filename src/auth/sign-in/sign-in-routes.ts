import type { Offer } from '../../dicomweb/answer/negotiate';
import type { Service, Transaction } from '../../dicomweb/route';
import { beginSignIn } from './begin-sign-in';
import { finishSignIn } from './finish-sign-in';
import { reportSession } from './report-session';
import { showSignedOut, signOut } from './sign-out';

const PAGE: Transaction = {
  gives: [offer('text/html')],
  negotiated: false,
  statuses: [303, 400, 403, 404, 503],
  failures: ['unavailable'],
};
const BEGIN: Transaction = { ...PAGE, parameters: () => [{ name: 'return' }] };
const FINISH: Transaction = { ...PAGE, parameters: () => ['code', 'state', 'error', 'iss'].map((name) => ({ name })) };
const SIGNED_OUT: Transaction = { ...PAGE, statuses: [200], failures: [] };
const JSON_ANSWER: Transaction = {
  gives: [offer('application/json')],
  negotiated: false,
  statuses: [200],
  failures: ['unavailable'],
};

/** The services of sign-in, for people in the viewer. They are no part of DICOMweb. */
export const SIGN_IN: readonly Service[] = [
  {
    base: '',
    routes: [
      ['GET', '/sign-in', 'BeginSignIn', 'nothing', beginSignIn, BEGIN],
      ['GET', '/sign-in/callback', 'SignIn', 'nothing', finishSignIn, FINISH],
    ],
  },
  {
    base: '',
    routes: [
      ['GET', '/sign-out', 'ShowSignedOut', 'nothing', showSignedOut, SIGNED_OUT],
      ['POST', '/sign-out', 'SignOut', 'identity', signOut, JSON_ANSWER],
    ],
  },
  { base: '', routes: [['GET', '/session', 'ReportSession', 'identity', reportSession, JSON_ANSWER]] },
];

function offer(mediaType: string): Offer {
  return { mediaType, multipart: false };
}
