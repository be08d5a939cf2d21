import { SEARCH_KEYS } from '../../archive/search/search-keys';
import { attributeLabel } from '../../archive/search-attributes/extra-attributes';
import type { Config } from '../../config';
import { keywordOfTag } from '../../dicom/dictionary/dictionary';
import { TRANSFER_SYNTAXES } from '../../dicom/dictionary/transfer-syntaxes';
import type { ProblemCode } from '../../http/problem';
import type { Offer } from '../answer/negotiate';
import {
  BULK_DATA_OFFER,
  bulkDataOffers,
  compressedValueOffers,
  dicomOffers,
  frameOffers,
  METADATA_OFFERS,
  SEARCH_OFFERS,
  zipOffer,
} from '../answer/offers';
import { COMMITMENT_BODIES } from '../commitment/commitment-request';
import { SEARCH_OPTIONS } from '../qido/qido-options';
import { PICTURE_OFFERS, RENDERED_OFFERS, THUMBNAIL_OFFERS } from '../rendered/renderable';
import { RENDERED_PARAMETERS } from '../rendered/rendered-parameters';
import type { QueryParameter, Transaction } from '../route';
import { STORE_ANSWERS } from '../stow/store-answer';
import { STORE_BODIES } from '../stow/store-format';
import { URI_PARAMETERS } from '../wado/wado-uri-parameters';

/* What each kind of route accepts and returns. The media types and names come from the lists that the handlers use. */

/** Any transfer syntax: the bytes as they are stored. */
const ANY_SYNTAX = '*';

const ABSENT: readonly ProblemCode[] = ['not-found', 'gone', 'not-acceptable', 'object-missing', 'unavailable'];
const BYTES: readonly ProblemCode[] = [...ABSENT, 'precondition-failed', 'range-not-satisfiable'];

/** Store Transaction: PS3.18 10.5. */
export const STORE: Transaction = {
  takes: STORE_BODIES,
  gives: STORE_ANSWERS,
  negotiated: true,
  statuses: [200, 202, 400, 408, 409, 413, 503],
  failures: [
    'bad-request',
    'forbidden',
    'not-acceptable',
    'timeout',
    'conflict',
    'too-large',
    'unsupported-media-type',
    'unprocessable',
    'unavailable',
    'out-of-space',
  ],
};

/** Search Transaction: PS3.18 10.6. */
export const SEARCH: Transaction = {
  parameters: ({ searchAttributes }) => [
    ...optional([...SEARCH_OPTIONS]),
    { name: 'includefield', repeating: true },
    ...optional(SEARCH_KEYS.flatMap(({ path }) => [keywordsOf(path), path])),
    ...optional(privateOnesAside(searchAttributes)),
  ],
  gives: SEARCH_OFFERS,
  negotiated: true,
  statuses: [200, 304],
  failures: ['bad-request', 'not-acceptable', 'precondition-failed', 'too-large', 'unavailable'],
};

/** Retrieve the instances of a study or a series: PS3.18 10.4. */
export const RETRIEVE_SEVERAL: Transaction = {
  gives: [...dicomOffers(ANY_SYNTAX, false, []), zipOffer(ANY_SYNTAX), BULK_DATA_OFFER],
  negotiated: true,
  statuses: [200, 206, 304],
  failures: [...BYTES, 'too-large'],
};

/** Retrieve one instance: PS3.18 10.4. */
export const RETRIEVE_INSTANCE: Transaction = {
  ...RETRIEVE_SEVERAL,
  gives: [...dicomOffers(ANY_SYNTAX, true, []), zipOffer(ANY_SYNTAX), BULK_DATA_OFFER],
};

/** Retrieve the metadata of a study, a series or an instance: PS3.18 10.4.1.1.2. */
export const RETRIEVE_METADATA: Transaction = {
  gives: METADATA_OFFERS,
  negotiated: true,
  statuses: [200, 304],
  failures: [...ABSENT, 'precondition-failed', 'too-large'],
};

/** Retrieve frames of an instance: PS3.18 10.4.1.1.6. */
export const RETRIEVE_FRAMES: Transaction = {
  gives: ofAnySyntax((uid) => frameOffers(uid, true, [])),
  negotiated: true,
  statuses: [200, 206, 304],
  failures: ['bad-request', ...BYTES, 'too-large'],
};

/** Retrieve the value that a BulkDataURI names: PS3.18 10.4.1.1.5. */
export const RETRIEVE_BULK_DATA: Transaction = {
  gives: [...bulkDataOffers(), ...ofAnySyntax((uid) => compressedValueOffers(uid, true, true))],
  negotiated: true,
  statuses: [200, 206, 304],
  failures: [...BYTES, 'too-large'],
};

/** Retrieve all bulk data of a study, a series or an instance: PS3.18 10.4.1.1.5. */
export const RETRIEVE_ALL_BULK_DATA: Transaction = {
  ...RETRIEVE_BULK_DATA,
  gives: RETRIEVE_BULK_DATA.gives.filter(({ multipart }) => multipart),
};

/** Retrieve a rendered study, series or instance: PS3.18 10.4.1.1.3. */
export const RETRIEVE_RENDERED: Transaction = {
  parameters: () => optional(RENDERED_PARAMETERS),
  gives: RENDERED_OFFERS,
  negotiated: true,
  statuses: [200, 206, 304],
  failures: ['bad-request', ...BYTES, 'too-large'],
};

/** Retrieve rendered frames of an instance: PS3.18 10.4.1.1.3. */
export const RETRIEVE_RENDERED_FRAMES: Transaction = { ...RETRIEVE_RENDERED, gives: PICTURE_OFFERS };

/** Retrieve a thumbnail: PS3.18 10.4.1.1.4. */
export const RETRIEVE_THUMBNAIL: Transaction = {
  ...RETRIEVE_RENDERED,
  parameters: () => optional(['viewport']),
  gives: THUMBNAIL_OFFERS,
};

/** Retrieve an instance, or a picture of it, by the parameters of a URI: PS3.18 9.4. */
export const RETRIEVE_BY_URI: Transaction = {
  parameters: () => {
    const { required, ofAny, ofDICOM, ofPictures } = URI_PARAMETERS;
    return [
      ...required.map((name) => ({ name, required: true }) as const),
      ...optional([...ofAny, ...ofDICOM, ...ofPictures]),
    ];
  },
  gives: [
    ...RENDERED_OFFERS.filter(({ multipart }) => !multipart),
    { mediaType: 'application/dicom', multipart: false },
  ],
  negotiated: false,
  statuses: [200, 206, 304],
  failures: ['bad-request', ...BYTES, 'too-large'],
};

/** Lists the attributes that this deployment searches in addition to the standard's keys. Not part of DICOMweb. */
export const LIST_SEARCH_ATTRIBUTES: Transaction = {
  gives: [{ mediaType: 'application/json', multipart: false }],
  negotiated: false,
  statuses: [200],
  failures: ['unavailable'],
};

/** Request storage commitment: PS3.18 13.4. */
export const REQUEST_COMMITMENT: Transaction = {
  takes: COMMITMENT_BODIES,
  gives: STORE_ANSWERS,
  negotiated: true,
  statuses: [200],
  failures: [
    'bad-request',
    'forbidden',
    'not-acceptable',
    'timeout',
    'conflict',
    'too-large',
    'unsupported-media-type',
    'unavailable',
  ],
};

/** Check the result of a request for storage commitment: PS3.18 13.5. */
export const CHECK_COMMITMENT: Transaction = {
  gives: STORE_ANSWERS,
  negotiated: true,
  statuses: [200],
  failures: ['not-found', 'not-acceptable', 'unavailable'],
};

const JSON_OFFER: Offer = { mediaType: 'application/json', multipart: false };

/** Deletes a study, a series or an instance. PS3.18 defines no such transaction. */
export const DELETE: Transaction = {
  gives: [],
  negotiated: false,
  statuses: [204],
  failures: ['forbidden', 'not-found', 'gone', 'precondition-failed', 'locked', 'unavailable'],
};

/** Restores a deleted study, series or instance. PS3.18 defines no such transaction. */
export const RESTORE: Transaction = {
  ...DELETE,
  gives: [JSON_OFFER],
  statuses: [202, 204],
  failures: ['forbidden', 'not-found', 'conflict', 'precondition-failed', 'unavailable'],
};

/** Restores the version of an instance before the current one; the two versions change places. */
export const RESTORE_INSTANCE: Transaction = {
  ...RESTORE,
  gives: [],
  statuses: [204],
  failures: [...RESTORE.failures, 'locked'],
};

/** The labels of a study. PS3.18 defines no such transaction. */
export const SHOW_LABELS: Transaction = {
  gives: [JSON_OFFER],
  negotiated: false,
  statuses: [200],
  failures: ['not-found', 'gone', 'unavailable'],
};

/** Replaces the labels of a study. PS3.18 defines no such transaction. */
export const REPLACE_LABELS: Transaction = {
  ...SHOW_LABELS,
  takes: [JSON_OFFER],
  failures: [
    'bad-request',
    'forbidden',
    'precondition-failed',
    'too-large',
    'unsupported-media-type',
    ...SHOW_LABELS.failures,
  ],
};

/** Whether a study is under legal hold. PS3.18 defines no such transaction. */
export const SHOW_HOLD: Transaction = SHOW_LABELS;

/** Puts a study under legal hold. PS3.18 defines no such transaction. */
export const PLACE_HOLD: Transaction = {
  ...REPLACE_LABELS,
  gives: [],
  statuses: [204],
  failures: REPLACE_LABELS.failures.filter((code) => code !== 'gone'),
};

/** Lifts the legal hold of a study. PS3.18 defines no such transaction. */
export const LIFT_HOLD: Transaction = {
  gives: [],
  negotiated: false,
  statuses: [204],
  failures: ['forbidden', 'not-found', 'precondition-failed', 'unavailable'],
};
function ofAnySyntax(offers: (transferSyntaxUID: string) => readonly Offer[]): readonly Offer[] {
  return TRANSFER_SYNTAXES.flatMap(({ uid }) => offers(uid));
}

function optional(names: readonly string[]): QueryParameter[] {
  return names.map((name) => ({ name }));
}

function keywordsOf(path: string): string {
  return path
    .split('.')
    .map((tag) => keywordOfTag(tag) ?? tag)
    .join('.');
}

/**
 * Leaves out the names of private attributes: a query names them by a block and its creator, so no single name
 * describes them.
 */
function privateOnesAside(attributes: Config['searchAttributes']): string[] {
  return attributes.filter(({ path }) => path.every((step) => 'tag' in step)).map(attributeLabel);
}
