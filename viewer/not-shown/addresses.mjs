/**
 * Where the archive gives the files of a series, or of the study of several, as ZIP.
 * @param {string} root the path before /dicomweb
 * @param {readonly import('./words.mjs').Series[]} files
 */
export function addressOfFiles(root, files) {
  const { StudyInstanceUID, SeriesInstanceUID } = files[0] ?? {};
  const series = files.length === 1 ? `/series/${SeriesInstanceUID}` : '';
  return `${root}/dicomweb/studies/${StudyInstanceUID}${series}?accept=application/zip`;
}

/**
 * Where the archive gives an instance as a page or a picture.
 * @param {string} root the path before /dicomweb
 * @param {{ instance: any, kind: 'report' | 'picture' }} one
 */
export function pageOf(root, { instance: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }, kind }) {
  const path = `${root}/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`;
  return { kind, address: `${path}/rendered?accept=${kind === 'report' ? 'text/html' : 'image/png'}` };
}
