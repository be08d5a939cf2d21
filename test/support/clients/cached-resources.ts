import { slice } from '../files/samples';

/* The resources of one instance, for tests of caches. */

export const STUDY = '/dicomweb/studies/1.2.3.4';

export const SERIES = `${STUDY}/series/1.2.3.4.0`;

export const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;

const WADO_URI = '/wado?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';

export const OCTETS = 'application/octet-stream';

/** Resources whose bytes come from the instance, with the Accept header of the request. */
export const RESOURCES: readonly (readonly [path: string, accept: string])[] = [
  [`${INSTANCE}/frames/1`, OCTETS],
  [`${INSTANCE}/frames/1`, `multipart/related; type="${OCTETS}"; transfer-syntax=*`],
  [`${INSTANCE}/frames/1`, 'multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80'],
  [`${INSTANCE}/bulkdata/7FE00010`, OCTETS],
  [`${INSTANCE}/pixeldata`, `multipart/related; type="${OCTETS}"`],
  [INSTANCE, 'application/dicom'],
  [SERIES, 'multipart/related; type="application/dicom"'],
  [`${INSTANCE}/metadata`, 'application/dicom+json'],
  [`${SERIES}/metadata`, 'application/dicom+json'],
  [`${INSTANCE}/rendered`, 'image/png'],
  [`${INSTANCE}/frames/1/rendered`, 'image/jpeg'],
  [`${INSTANCE}/thumbnail`, 'image/jpeg'],
  [`${STUDY}/thumbnail`, 'image/jpeg'],
  [`${WADO_URI}&contentType=image/png`, '*/*'],
  [`${WADO_URI}&contentType=application/dicom`, '*/*'],
];

/** The same instance with another content. */
export const version = (seed: number) => slice({ seed, elements: [[0x00100010, 'PN', `Version^${seed}`]] });
