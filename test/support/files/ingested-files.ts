import { type ArchiveClient, partsOf } from '../clients/archive-client';
import { resultsOf } from '../clients/received-upload';
import { DEFLATED } from './part10';
import { comments, slice } from './samples';
import type { ZipFile } from './zip-writer';

/* Files that are uploaded, and what the archive says of them. */

export const SOPS = ['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3'];

const JPEG = '1.2.840.10008.1.2.4.50';

export const FRAMES = [1, 2, 3].map((at) => Uint8Array.of(0xff, 0xd8, at, 0, 0xff, 0xd9));

/** A file with long metadata, one with a table of frames, and one with an inflated data set. */
export const filesOf = (study: string) => [
  slice({ study, sop: SOPS[0]!, elements: [comments(6000)] }),
  slice({
    study,
    sop: SOPS[1]!,
    series: '1.2.3.4.9',
    transferSyntaxUID: JPEG,
    fragments: FRAMES,
    elements: [[0x00280008, 'IS', '3']],
  }),
  slice({ study, sop: SOPS[2]!, transferSyntaxUID: DEFLATED }),
];

export const FILES = filesOf('1.2.3.4');

const FILE_TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*';

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Every instance of a study, or of the archive, that can be retrieved: the SHA-256 of its file. */
export async function stored(client: ArchiveClient, within?: string): Promise<string[]> {
  const found = await client.json(
    within === undefined ? '/dicomweb/instances' : `/dicomweb/studies/${within}/instances`,
  );
  const digests: string[] = [];
  for (const instance of found) {
    const [study, series, sop] = ['0020000D', '0020000E', '00080018'].map((tag) => instance[tag]?.Value?.[0]);
    const path = `/dicomweb/studies/${study}/series/${series}/instances/${sop}`;
    const [part] = await partsOf(await client.fetch(path, { headers: { Accept: FILE_TYPE } }));
    digests.push(await digest(part!.body));
  }
  return digests.sort();
}

/** The digests of files, sorted. */
export const digestsOf = async (files: readonly Uint8Array[]) => (await Promise.all(files.map(digest))).sort();

/** The results of an upload, without what differs from run to run. */
export const found = async (client: ArchiveClient, id: string) =>
  (await resultsOf(client, id)).map(({ result, detail, instance, name }) => ({
    result,
    ...(detail === undefined ? {} : { detail }),
    ...(instance.sopInstanceUID === undefined ? {} : { sop: instance.sopInstanceUID }),
    ...(name === undefined ? {} : { name }),
  }));

/** Instances that the record says were stored. */
export const storedCount = async (client: ArchiveClient, study = '1.2.3.4') => {
  const { results } = await client.bindings.database
    .prepare("SELECT sum(instances) AS count FROM audit_event WHERE action = 'store' AND study_instance_uid = ?")
    .bind(study)
    .all<{ count: number | null }>();
  return results[0]?.count ?? 0;
};

/** The members of a ZIP file with these files. @param stored whether they are not compressed */
export const named = (files: readonly Uint8Array[], stored = false): ZipFile[] =>
  files.map((bytes, at) => ({ name: `DICOM/IM${at}`, bytes, stored }));
