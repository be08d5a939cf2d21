import { rewrite } from '../../../scripts/samples/rewrite.mjs';
import { stow } from '../../../scripts/samples/stow.mjs';
import { uidOf } from '../files/synthetic';

/** The UIDs of an instance that was stored. */
export interface Stored {
  readonly study: string;
  readonly series: string;
  readonly sop: string;
}

/**
 * Lets the archive convert an instance, and stores the result as another instance: PS3.18 8.7.3.
 * @param name of the new study, from which its UIDs are made
 * @param change what else becomes of the file
 */
export async function storeConverted(
  origin: string,
  { study, series, sop }: Stored,
  transferSyntax: string,
  name: string,
  change: (file: Buffer) => Buffer = (file) => file,
): Promise<Stored> {
  const response = await fetch(`${origin}/dicomweb/studies/${study}/series/${series}/instances/${sop}`, {
    headers: { Accept: `application/dicom; transfer-syntax=${transferSyntax}` },
  });
  if (response.status !== 200) throw new Error(`${transferSyntax}: ${response.status} ${await response.text()}`);
  const made = { study: uidOf(`${name} study`), series: uidOf(`${name} series`), sop: uidOf(`${name} ${sop}`) };
  const file = rewrite(Buffer.from(await response.arrayBuffer()), [
    { tag: '00080018', vr: 'UI', value: made.sop },
    { tag: '00081030', vr: 'LO', value: name },
    { tag: '00100010', vr: 'PN', value: `${name}^Phantom` },
    { tag: '00100020', vr: 'LO', value: name },
    { tag: '0020000d', vr: 'UI', value: made.study },
    { tag: '0020000e', vr: 'UI', value: made.series },
  ]);
  await stow(origin, [change(file)]);
  return made;
}
