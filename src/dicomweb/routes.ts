import * as transactions from './capabilities/transactions';
import * as uploads from './capabilities/upload-transactions';
import { checkCommitment, requestCommitment } from './commitment/commitment-requests';
import { deleteScope, restoreScope } from './delete';
import { replaceLabels, showLabels } from './labels';
import { liftHold, placeHold, showHold } from './legal-hold';
import * as qido from './qido/qido-rs';
import { listSearchAttributes } from './qido/search-attributes';
import * as rendered from './rendered/rendered';
import * as thumbnail from './rendered/thumbnail';
import type { Service } from './route';
import * as stow from './stow/stow-rs';
import { appendToUpload } from './uploads/append-to-upload';
import { closeUploadSession } from './uploads/close-session';
import { createUpload } from './uploads/create-upload';
import { knownFiles } from './uploads/known-files';
import { overrideMethod } from './uploads/override-method';
import { showUpload } from './uploads/show-upload';
import { terminateUpload } from './uploads/terminate-upload';
import { createUploadSession, showUploadSession } from './uploads/upload-sessions';
import * as bulk from './wado/wado-rs-bulk-data';
import { retrieveFrames } from './wado/wado-rs-frames';
import { retrieveInstances } from './wado/wado-rs-instances';
import { retrieveMetadata } from './wado/wado-rs-metadata';
import { retrieveByURI } from './wado/wado-uri';

const { SEARCH, STORE, RETRIEVE_SEVERAL, RETRIEVE_INSTANCE, RETRIEVE_METADATA, DELETE, RESTORE } = transactions;
const {
  RETRIEVE_FRAMES,
  RETRIEVE_ALL_BULK_DATA,
  RETRIEVE_BULK_DATA,
  RETRIEVE_BY_URI,
  RETRIEVE_RENDERED,
  LIST_SEARCH_ATTRIBUTES,
} = transactions;
const { REQUEST_COMMITMENT, CHECK_COMMITMENT } = transactions;
const { CREATE_UPLOAD, APPEND_TO_UPLOAD, SHOW_UPLOAD, TERMINATE_UPLOAD } = uploads;
const { CREATE_UPLOAD_SESSION, SHOW_UPLOAD_SESSION, LIST_KNOWN_FILES, CLOSE_UPLOAD_SESSION } = uploads;
const { RETRIEVE_RENDERED_FRAMES, RETRIEVE_THUMBNAIL, SHOW_LABELS, REPLACE_LABELS } = transactions;
const { SHOW_HOLD, PLACE_HOLD, LIFT_HOLD, RESTORE_INSTANCE } = transactions;

const STUDY = '/studies/{study}';
const SERIES = `${STUDY}/series/{series}`;
const INSTANCE = `${SERIES}/instances/{instance}`;
const COMMITMENT = '/commitment-requests/{transactionUID}';
const UPLOAD = '/uploads/{upload}';
const UPLOAD_SESSION = '/upload-sessions/{session}';
const FRAMES = `${INSTANCE}/frames/{frames}`;

/**
 * All URLs of DICOMweb; those of operations are in observability/routes.ts. The Allow headers and the Capabilities
 * Description (PS3.18 8.9) are made from this table.
 */
export const SERVICES: readonly Service[] = [
  {
    base: '/dicomweb',
    routes: [
      ['POST', '/studies', 'StoreInstances', 'store', stow.store, STORE],
      ['POST', STUDY, 'StoreStudyInstances', 'store', stow.store, STORE],

      // With the permission of the sender: it needs to know that its instances are safe, and gets nothing else of them.
      ['POST', COMMITMENT, 'RequestCommitment', 'store', requestCommitment, REQUEST_COMMITMENT],
      ['GET', COMMITMENT, 'CheckCommitment', 'store', checkCommitment, CHECK_COMMITMENT],
      ['POST', '/uploads', 'CreateUpload', 'store', createUpload, CREATE_UPLOAD],
      ['GET', UPLOAD, 'ShowUpload', 'store', showUpload, SHOW_UPLOAD],
      ['PATCH', UPLOAD, 'AppendToUpload', 'store', appendToUpload, APPEND_TO_UPLOAD],
      ['DELETE', UPLOAD, 'TerminateUpload', 'store', terminateUpload, TERMINATE_UPLOAD],
      ['POST', UPLOAD, 'OverrideUploadMethod', 'store', overrideMethod, APPEND_TO_UPLOAD],
      ['POST', '/upload-sessions', 'CreateUploadSession', 'store', createUploadSession, CREATE_UPLOAD_SESSION],
      ['GET', UPLOAD_SESSION, 'ShowUploadSession', 'store', showUploadSession, SHOW_UPLOAD_SESSION],
      ['POST', `${UPLOAD_SESSION}/known`, 'ListKnownFiles', 'store', knownFiles, LIST_KNOWN_FILES],
      ['POST', `${UPLOAD_SESSION}/close`, 'CloseUploadSession', 'store', closeUploadSession, CLOSE_UPLOAD_SESSION],

      ['GET', '/studies', 'SearchForStudies', 'search', qido.searchStudies, SEARCH],
      ['GET', '/series', 'SearchForSeries', 'search', qido.searchSeries, SEARCH],
      ['GET', '/instances', 'SearchForInstances', 'search', qido.searchInstances, SEARCH],
      ['GET', `${STUDY}/series`, 'SearchForStudySeries', 'search', qido.searchSeries, SEARCH],
      ['GET', `${STUDY}/instances`, 'SearchForStudyInstances', 'search', qido.searchInstances, SEARCH],
      ['GET', `${SERIES}/instances`, 'SearchForStudySeriesInstances', 'search', qido.searchInstances, SEARCH],
      ['GET', '/search-attributes', 'ListSearchAttributes', 'search', listSearchAttributes, LIST_SEARCH_ATTRIBUTES],

      ['GET', STUDY, 'RetrieveStudy', 'retrieve', retrieveInstances, RETRIEVE_SEVERAL],
      ['GET', SERIES, 'RetrieveSeries', 'retrieve', retrieveInstances, RETRIEVE_SEVERAL],
      ['GET', INSTANCE, 'RetrieveInstance', 'retrieve', retrieveInstances, RETRIEVE_INSTANCE],
      ['GET', `${STUDY}/metadata`, 'RetrieveStudyMetadata', 'retrieve', retrieveMetadata, RETRIEVE_METADATA],
      ['GET', `${SERIES}/metadata`, 'RetrieveSeriesMetadata', 'retrieve', retrieveMetadata, RETRIEVE_METADATA],
      ['GET', `${INSTANCE}/metadata`, 'RetrieveInstanceMetadata', 'retrieve', retrieveMetadata, RETRIEVE_METADATA],
      ['GET', FRAMES, 'RetrieveFrames', 'retrieve', retrieveFrames, RETRIEVE_FRAMES],
      [
        'GET',
        `${INSTANCE}/bulkdata/{+path}`,
        'RetrieveBulkdata',
        'retrieve',
        bulk.retrieveBulkData,
        RETRIEVE_BULK_DATA,
      ],
      [
        'GET',
        `${STUDY}/bulkdata`,
        'RetrieveStudyBulkdata',
        'retrieve',
        bulk.retrieveAllBulkData,
        RETRIEVE_ALL_BULK_DATA,
      ],
      [
        'GET',
        `${SERIES}/bulkdata`,
        'RetrieveSeriesBulkdata',
        'retrieve',
        bulk.retrieveAllBulkData,
        RETRIEVE_ALL_BULK_DATA,
      ],
      [
        'GET',
        `${INSTANCE}/bulkdata`,
        'RetrieveInstanceBulkdata',
        'retrieve',
        bulk.retrieveAllBulkData,
        RETRIEVE_ALL_BULK_DATA,
      ],
      [
        'GET',
        `${STUDY}/pixeldata`,
        'RetrieveStudyPixelData',
        'retrieve',
        bulk.retrievePixelData,
        RETRIEVE_ALL_BULK_DATA,
      ],
      [
        'GET',
        `${SERIES}/pixeldata`,
        'RetrieveSeriesPixelData',
        'retrieve',
        bulk.retrievePixelData,
        RETRIEVE_ALL_BULK_DATA,
      ],
      [
        'GET',
        `${INSTANCE}/pixeldata`,
        'RetrieveInstancePixelData',
        'retrieve',
        bulk.retrievePixelData,
        RETRIEVE_ALL_BULK_DATA,
      ],

      ['GET', `${STUDY}/rendered`, 'RetrieveRenderedStudy', 'retrieve', rendered.retrieveRendered, RETRIEVE_RENDERED],
      ['GET', `${SERIES}/rendered`, 'RetrieveRenderedSeries', 'retrieve', rendered.retrieveRendered, RETRIEVE_RENDERED],
      [
        'GET',
        `${INSTANCE}/rendered`,
        'RetrieveRenderedInstance',
        'retrieve',
        rendered.retrieveRenderedInstance,
        RETRIEVE_RENDERED,
      ],
      [
        'GET',
        `${FRAMES}/rendered`,
        'RetrieveRenderedFrames',
        'retrieve',
        rendered.retrieveRenderedFrames,
        RETRIEVE_RENDERED_FRAMES,
      ],
      [
        'GET',
        `${STUDY}/thumbnail`,
        'RetrieveStudyThumbnail',
        'retrieve',
        thumbnail.retrieveThumbnail,
        RETRIEVE_THUMBNAIL,
      ],
      [
        'GET',
        `${SERIES}/thumbnail`,
        'RetrieveSeriesThumbnail',
        'retrieve',
        thumbnail.retrieveThumbnail,
        RETRIEVE_THUMBNAIL,
      ],
      [
        'GET',
        `${INSTANCE}/thumbnail`,
        'RetrieveInstanceThumbnail',
        'retrieve',
        thumbnail.retrieveInstanceThumbnail,
        RETRIEVE_THUMBNAIL,
      ],
      [
        'GET',
        `${FRAMES}/thumbnail`,
        'RetrieveFrameThumbnail',
        'retrieve',
        thumbnail.retrieveFrameThumbnail,
        RETRIEVE_THUMBNAIL,
      ],

      ['GET', `${STUDY}/labels`, 'ShowLabels', 'administer', showLabels, SHOW_LABELS],
      ['PUT', `${STUDY}/labels`, 'ReplaceLabels', 'administer', replaceLabels, REPLACE_LABELS],
      ['GET', `${STUDY}/hold`, 'ShowHold', 'administer', showHold, SHOW_HOLD],
      ['PUT', `${STUDY}/hold`, 'PlaceHold', 'administer', placeHold, PLACE_HOLD],
      ['DELETE', `${STUDY}/hold`, 'LiftHold', 'administer', liftHold, LIFT_HOLD],
      ['DELETE', STUDY, 'DeleteStudy', 'delete', deleteScope, DELETE],
      ['DELETE', SERIES, 'DeleteSeries', 'delete', deleteScope, DELETE],
      ['DELETE', INSTANCE, 'DeleteInstance', 'delete', deleteScope, DELETE],
      ['POST', `${STUDY}/restore`, 'RestoreStudy', 'restore', restoreScope, RESTORE],
      ['POST', `${SERIES}/restore`, 'RestoreSeries', 'restore', restoreScope, RESTORE],
      ['POST', `${INSTANCE}/restore`, 'RestoreInstance', 'restore', restoreScope, RESTORE_INSTANCE],
    ],
  },
  // A separate service (PS3.18 9), so it has a separate Base URI.
  { base: '', routes: [['GET', '/wado', 'RetrieveByURI', 'retrieve', retrieveByURI, RETRIEVE_BY_URI]] },
];
