import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/paths.mjs';

/** The name by which README's block makes the archive known to Orthanc. */
export const README_SERVER = 'edge';

/**
 * What README's block for Orthanc configures, without changes except for the address.
 * @param {string} origin of the archive
 * @returns {Record<string, object>} Orthanc's DICOMweb servers by name
 */
export function readmeServers(origin) {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const block = /^### Orthanc$[\s\S]*?^```json\n([\s\S]*?)^```/m.exec(readme)?.[1];
  if (block === undefined) throw new Error('README.md has no block for Orthanc.');
  const { Servers } = JSON.parse(block.replaceAll('http://localhost:8787', origin)).DicomWeb;
  if (Servers[README_SERVER] === undefined) throw new Error(`README's block names no server "${README_SERVER}".`);
  return Servers;
}
