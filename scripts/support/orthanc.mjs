import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';

/** The path at which Debian's packages orthanc and orthanc-dicomweb install it. */
const PROGRAM = '/usr/sbin/Orthanc';
const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

/**
 * @typedef {object} Orthanc
 * @property {string} origin of its REST API
 * @property {string} root of its DICOMweb service
 * @property {() => Promise<void>} stop
 */

/** Whether this machine has Orthanc and its DICOMweb plug-in. @param {string} [program] */
export function hasOrthanc(program = PROGRAM) {
  return existsSync(program) && existsSync(PLUGIN);
}

/**
 * Starts Orthanc with its DICOMweb plug-in, if this machine has it, on a loopback port with a folder of its own.
 * @param {{ program?: string | undefined, servers?: Record<string, object>, dicom?: Record<string, unknown> }} [options]
 * the DICOMweb servers it knows as a client; settings of its DICOM server, which does not run without them
 * @returns {Promise<Orthanc | undefined>}
 */
export async function startOrthanc({ program = PROGRAM, servers = {}, dicom = {} } = {}) {
  if (!hasOrthanc(program)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'orthanc-'));
  const port = await freePort();
  const configuration = {
    Name: 'orthanc',
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: port,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomServerEnabled: false,
    StorageCompression: false,
    HttpCompressionEnabled: false,
    HttpDescribeErrors: true,
    KeepAlive: true,
    Plugins: [PLUGIN],
    ...dicom,
    DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: false, Servers: servers },
  };
  writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(configuration));
  const child = spawn(program, [join(folder, 'orthanc.json')], { stdio: 'ignore' });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const origin = `http://127.0.0.1:${port}`;
  const root = `${origin}/dicom-web`;
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${root}/studies`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    origin,
    root,
    async stop() {
      end();
      await gone;
      process.off('exit', end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
