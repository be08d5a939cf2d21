import { SERIES, STUDY } from '../archive/seeded-study';
import type { SharedClient } from './shared-client';

const XML = 'multipart/related; type="application/dicom+xml"';

/** A request: its path and its Accept. */
export interface Asked {
  readonly path: string;
  readonly accept: string;
}

/** Requests of every kind for a study and what is in it. @param images of those that are images, which ones by themselves */
export async function requests(
  uid: (own: string) => Promise<string>,
  images: readonly number[] = [1, 2, 3, 4],
): Promise<Asked[]> {
  const base = `/dicomweb/studies/${await uid(STUDY)}`;
  const instances = images.map((at) => [SERIES, `${SERIES}.${at}`] as const);
  const others = [90, 91].map((at) => [`${SERIES}.${at}`, `${SERIES}.${at}.1`] as const);
  const asked: Asked[] = [];
  const add = (path: string, ...accepts: string[]) => {
    for (const accept of accepts) asked.push({ path, accept });
  };
  const files = ['multipart/related; type="application/dicom"; transfer-syntax=*', 'application/zip'];
  for (const path of [base, `${base}/series/${await uid(SERIES)}`]) {
    add(
      path,
      'multipart/related; type="application/dicom"',
      'multipart/related; type="application/octet-stream"',
      ...files,
    );
    add(`${path}/metadata`, 'application/dicom+json', XML);
    add(`${path}/bulkdata`, '*/*');
    add(`${path}/pixeldata`, '*/*');
    add(`${path}/rendered`, 'image/jpeg', 'multipart/related; type="image/png"', 'multipart/related; type="text/html"');
    add(`${path}/thumbnail`, 'image/jpeg');
    add(`${path}/instances?includefield=all`, 'application/dicom+json', XML);
  }
  for (const [series, sop] of [...instances, ...others]) {
    const path = `${base}/series/${await uid(series)}/instances/${await uid(sop)}`;
    add(path, 'application/dicom', 'application/dicom; transfer-syntax=*', 'application/zip', ...files);
    add(`${path}/metadata`, 'application/dicom+json', XML);
    add(`${path}/frames/1`, 'application/octet-stream; transfer-syntax=*', '*/*', 'image/jls');
    add(`${path}/frames/1/rendered?annotation=patient,technique`, 'image/png');
    add(`${path}/rendered`, '*/*', 'image/png', 'text/html', 'text/plain', 'application/pdf');
    add(`${path}/thumbnail`, 'image/jpeg');
    add(`${path}/bulkdata`, '*/*');
    for (const value of [
      '00091003',
      '60003000',
      '5000200C',
      '00420011',
      '0040A730/1/0040A160',
      '7FE00010',
      '00880200/0/00204000',
    ]) {
      add(`${path}/bulkdata/${value}`, '*/*');
    }
    const query = `studyUID=${await uid(STUDY)}&seriesUID=${await uid(series)}&objectUID=${await uid(sop)}`;
    for (const rest of [
      '',
      '&contentType=application/dicom',
      '&contentType=application/dicom&anonymize=yes',
      '&contentType=image/png',
    ]) {
      add(`/wado?requestType=WADO&${query}${rest}`, '*/*');
    }
  }
  add('/dicomweb/studies?includefield=all', 'application/dicom+json', XML);
  add(`/dicomweb/studies?StudyInstanceUID=${await uid(STUDY)}&count=true`, 'application/dicom+json');
  add(`/dicomweb/series?SeriesInstanceUID=${await uid(SERIES)}&includefield=all`, 'application/dicom+json');
  add(`/dicomweb/instances?SOPInstanceUID=${await uid(`${SERIES}.2`)}&includefield=all`, 'application/dicom+json', XML);
  add(`${base}/series?includefield=all`, 'application/dicom+json');
  add(`${base}/instances?includefield=00091001,00204000,00081140`, 'application/dicom+json');
  return asked;
}

/** A request with its answer. */
export interface Answered extends Asked {
  readonly status: number;
  readonly etag: string | null;
  /** Headers and body, a character for each byte. */
  readonly text: string;
}

/** Sends requests one after the other. */
export async function answers(client: Pick<SharedClient, 'fetch'>, asked: readonly Asked[]): Promise<Answered[]> {
  const all: Answered[] = [];
  for (const { path, accept } of asked) {
    const response = await client.fetch(path, { headers: { Accept: accept } });
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const body = new TextDecoder('latin1').decode(bytes);
    all.push({
      path,
      accept,
      status: response.status,
      etag: response.headers.get('ETag'),
      text: `${headers}\n\n${body}`,
    });
  }
  return all;
}
