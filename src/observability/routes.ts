import type { Offer } from '../dicomweb/answer/negotiate';
import type { Service, Transaction } from '../dicomweb/route';
import { RECORD_OFFERS, RECORD_PARAMETERS, readRecord, verifyRecordOf } from './audit/read-record';
import { listObjects, listStudies, prepareBackup, retrieveObject } from './backup';
import { reportHealth } from './health';
import { METRICS_TYPE, reportMetrics } from './metrics';
import { orderMoves, showMoves } from './moves';
import { continueRebuild, showRebuild } from './rebuild';
import { assemble, begin, put } from './restoration';
import { reportStatistics } from './statistics';
import { continueVerification, showVerification } from './verification';

const REPORT_HEALTH: Transaction = {
  gives: [offer('application/health+json')],
  negotiated: false,
  statuses: [200, 503],
  failures: ['misconfigured', 'unavailable'],
};
const REPORT_STATISTICS: Transaction = {
  gives: [offer('application/json')],
  negotiated: false,
  statuses: [200],
  failures: ['unavailable'],
};
const REPORT_METRICS: Transaction = { ...REPORT_STATISTICS, gives: [offer(METRICS_TYPE)] };

const CONTINUE_VERIFICATION: Transaction = {
  takes: [offer('application/json')],
  gives: [offer('application/json')],
  negotiated: false,
  statuses: [200],
  failures: ['bad-request', 'too-large', 'unsupported-media-type', 'unavailable'],
};

const CONTINUE_REBUILD: Transaction = {
  ...CONTINUE_VERIFICATION,
  failures: [...CONTINUE_VERIFICATION.failures, 'conflict'],
};

const LIST_STUDIES: Transaction = {
  ...REPORT_STATISTICS,
  parameters: () => [{ name: 'after' }],
  failures: ['bad-request', 'unavailable'],
};
const LIST_OBJECTS: Transaction = {
  ...REPORT_STATISTICS,
  parameters: () => ['prefix', 'cursor', 'named-by'].map((name) => ({ name })),
  failures: ['bad-request', 'not-found', 'unavailable'],
};
const RETRIEVE_OBJECT: Transaction = {
  gives: [offer('application/octet-stream')],
  negotiated: false,
  statuses: [200],
  failures: ['not-found', 'unavailable'],
};
const PUT_OBJECT: Transaction = {
  parameters: () => ['upload', 'part'].map((name) => ({ name })),
  takes: [offer('application/octet-stream')],
  gives: [offer('application/json')],
  negotiated: false,
  statuses: [200, 204],
  failures: ['bad-request', 'not-found', 'conflict', 'too-large', 'unavailable'],
};
const ASSEMBLE_OBJECT: Transaction = {
  takes: [offer('application/json')],
  gives: [offer('application/json')],
  negotiated: false,
  statuses: [200, 204],
  failures: [...PUT_OBJECT.failures, 'unsupported-media-type'],
};

const READ_RECORD: Transaction = {
  parameters: () => RECORD_PARAMETERS.map((name) => ({ name })),
  gives: RECORD_OFFERS,
  negotiated: true,
  statuses: [200],
  failures: ['bad-request', 'not-acceptable', 'unavailable'],
};

/** The services for operators and monitors. They are no part of DICOMweb. */
export const OPERATIONS: readonly Service[] = [
  { base: '', routes: [['GET', '/health', 'ReportHealth', 'nothing', reportHealth, REPORT_HEALTH]] },
  { base: '', routes: [['GET', '/statistics', 'ReportStatistics', 'administer', reportStatistics, REPORT_STATISTICS]] },
  { base: '', routes: [['GET', '/metrics', 'ReportMetrics', 'administer', reportMetrics, REPORT_METRICS]] },
  {
    base: '',
    routes: [
      ['GET', '/verification', 'ShowVerification', 'administer', showVerification, REPORT_STATISTICS],
      ['POST', '/verification', 'ContinueVerification', 'administer', continueVerification, CONTINUE_VERIFICATION],
    ],
  },
  {
    base: '',
    routes: [
      ['GET', '/rebuild', 'ShowRebuild', 'administer', showRebuild, REPORT_STATISTICS],
      ['POST', '/rebuild', 'ContinueRebuild', 'administer', continueRebuild, CONTINUE_REBUILD],
    ],
  },
  {
    base: '',
    routes: [
      ['GET', '/moves', 'ShowMoves', 'administer', showMoves, REPORT_STATISTICS],
      ['POST', '/moves', 'OrderMoves', 'administer', orderMoves, CONTINUE_REBUILD],
    ],
  },
  {
    base: '',
    routes: [
      ['POST', '/backup', 'PrepareBackup', 'administer', prepareBackup, CONTINUE_VERIFICATION],
      ['GET', '/backup/studies', 'RetrieveStudiesOfBackup', 'administer', listStudies, LIST_STUDIES],
      ['GET', '/backup/objects', 'RetrieveListOfBackup', 'administer', listObjects, LIST_OBJECTS],
      ['GET', '/backup/objects/{+key}', 'RetrieveObjectOfBackup', 'administer', retrieveObject, RETRIEVE_OBJECT],
    ],
  },
  {
    base: '',
    routes: [
      ['POST', '/restoration', 'BeginRestoration', 'administer', begin, CONTINUE_REBUILD],
      ['PUT', '/restoration/objects/{+key}', 'PutRestoredObject', 'administer', put, PUT_OBJECT],
      ['POST', '/restoration/objects/{+key}', 'AssembleRestoredObject', 'administer', assemble, ASSEMBLE_OBJECT],
    ],
  },
  {
    base: '',
    routes: [
      ['GET', '/audit', 'AuditRecord', 'audit', readRecord, READ_RECORD],
      ['GET', '/audit/verification', 'AuditVerification', 'audit', verifyRecordOf, REPORT_STATISTICS],
    ],
  },
];

function offer(mediaType: string): Offer {
  return { mediaType, multipart: false };
}
