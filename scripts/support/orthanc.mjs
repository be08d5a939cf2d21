import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = ['/usr/sbin/Orthanc', '/usr/local/sbin/Orthanc'].find((path) => existsSync(path));
const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

/**
 * Orthanc with its DICOMweb plug-in, if this machine has it, on a loopback port with a folder of its own.
 * @returns {Promise<{ root: string, stop(): Promise<void> } | undefined>}
 */
export async function startOrthanc() {
  if (PROGRAM === undefined || !existsSync(PLUGIN)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'bench-orthanc-'));
  const port = await freePort();
  const configuration = {
    Name: 'bench',
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: port,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomServerEnabled: false,
    StorageCompression: false,
    HttpCompressionEnabled: false,
    KeepAlive: true,
    Plugins: [PLUGIN],
    DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: false },
  };
  writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(configuration));
  const child = spawn(PROGRAM, [join(folder, 'orthanc.json')], { stdio: 'ignore' });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const root = `http://127.0.0.1:${port}/dicom-web`;
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${root}/studies`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    root,
    async stop() {
      end();
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
