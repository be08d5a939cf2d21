import type { ProblemCode } from '../../http/problem';
import type { Offer } from '../answer/negotiate';
import type { Transaction } from '../route';
import { STORE_ANSWERS } from '../stow/store-answer';
import { BYTES_TYPE } from '../uploads/tus';

/* The requests and answers of the routes of resumable uploads and their sessions. */

const JSON_OFFER: Offer = { mediaType: 'application/json', multipart: false };

const UPLOAD_ABSENT: readonly ProblemCode[] = ['not-found', 'gone', 'precondition-failed', 'unavailable'];

/** Makes a resumable upload: tus 1.0. PS3.18 defines no such transaction. */
export const CREATE_UPLOAD: Transaction = {
  takes: [{ mediaType: BYTES_TYPE, multipart: false }],
  gives: [],
  negotiated: false,
  statuses: [201],
  failures: [
    'bad-request',
    'forbidden',
    'conflict',
    'precondition-failed',
    'too-large',
    'unsupported-media-type',
    'unprocessable',
    'too-many-requests',
    'checksum-mismatch',
    'unavailable',
    'out-of-space',
  ],
};

/** Adds bytes to a resumable upload: tus 1.0. */
export const APPEND_TO_UPLOAD: Transaction = {
  ...CREATE_UPLOAD,
  statuses: [204],
  failures: [
    'bad-request',
    'forbidden',
    'conflict',
    'too-large',
    'unsupported-media-type',
    'locked',
    'checksum-mismatch',
    ...UPLOAD_ABSENT,
  ],
};

/** Describes the state of a resumable upload: tus 1.0 for HEAD; GET is in no standard. */
export const SHOW_UPLOAD: Transaction = {
  parameters: () => [{ name: 'after' }],
  gives: [JSON_OFFER, ...STORE_ANSWERS.filter(({ mediaType }) => mediaType !== JSON_OFFER.mediaType)],
  negotiated: true,
  statuses: [200, 202, 400, 409, 413],
  failures: ['bad-request', 'not-acceptable', 'conflict', 'too-large', ...UPLOAD_ABSENT],
};

/** Makes an upload session. */
export const CREATE_UPLOAD_SESSION: Transaction = {
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [201],
  failures: ['bad-request', 'forbidden', 'unavailable'],
};

/** Describes the state of an upload session and of its uploads. */
export const SHOW_UPLOAD_SESSION: Transaction = {
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [200],
  failures: ['not-found', 'unavailable'],
};

/** Names the files that need not be sent. */
export const LIST_KNOWN_FILES: Transaction = {
  ...SHOW_UPLOAD_SESSION,
  takes: [JSON_OFFER],
  failures: ['bad-request', 'forbidden', 'not-found', 'too-large', 'unsupported-media-type', 'unavailable'],
};

/** Ends an upload session: the answer is that of the Store Transaction, PS3.18 10.5. */
export const CLOSE_UPLOAD_SESSION: Transaction = {
  gives: STORE_ANSWERS,
  negotiated: true,
  statuses: [200, 202, 400, 409, 413],
  failures: [
    'bad-request',
    'forbidden',
    'not-found',
    'not-acceptable',
    'conflict',
    'too-large',
    'unprocessable',
    'unavailable',
  ],
};

/** Removes a resumable upload: tus 1.0. */
export const TERMINATE_UPLOAD: Transaction = {
  gives: [],
  negotiated: false,
  statuses: [204],
  failures: ['forbidden', 'not-found', 'precondition-failed', 'locked', 'unavailable'],
};
