import { startOrthanc } from '../../../scripts/support/orthanc.mjs';
import { nativeImage, uidOf } from '../../../test/support/files/synthetic.ts';

/** Instances that Orthanc sends. */
const OWN = 20;

/**
 * Orthanc as a DICOM peer of the gateway, if this machine has it.
 * @param {number} port of its DICOM server
 * @param {number} gateway port of the gateway
 */
export async function startPeer(port, gateway) {
  const orthanc = await startOrthanc({
    dicom: {
      DicomServerEnabled: true,
      DicomAet: 'ORTHANC',
      DicomPort: port,
      DicomCheckCalledAet: false,
      DicomAlwaysAllowStore: true,
      UnknownSopClassAccepted: true,
      DicomModalities: { gateway: ['GATEWAY', '127.0.0.1', gateway] },
    },
  });
  if (orthanc === undefined) return undefined;
  /** @param {string} path @param {object} [body] @returns {Promise<any>} */
  const ask = async (path, body) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return await (await fetch(orthanc.origin + path, init)).json();
  };
  const count = async () => (await ask('/instances')).length;
  return {
    stop: orthanc.stop,
    count,
    /** Queries for a study, which it then has sent to itself. @param {string} study @returns {Promise<number>} its instances */
    retrieve: async (study) => {
      const known = await ask('/tools/find', { Level: 'Study', Query: { StudyInstanceUID: study } });
      for (const id of known) await fetch(`${orthanc.origin}/studies/${id}`, { method: 'DELETE' });
      const query = await ask('/modalities/gateway/query', { Level: 'Study', Query: { StudyInstanceUID: study } });
      await ask(`/queries/${query.ID}/retrieve`, { TargetAet: 'ORTHANC', Synchronous: true });
      return (await ask('/tools/find', { Level: 'Instance', Query: { StudyInstanceUID: study } })).length;
    },
    /** Sends a new study by C-STORE. */
    sendNew: async () => {
      const study = uidOf('Orthanc sends');
      for (const file of imagesOf(study)) {
        await fetch(`${orthanc.origin}/instances`, { method: 'POST', body: new Uint8Array(file) });
      }
      const [id] = await ask('/tools/find', { Level: 'Study', Query: { StudyInstanceUID: study } });
      await ask('/modalities/gateway/store', { Resources: [id], Synchronous: true });
      return { study, instances: OWN };
    },
    /**
     * Asks for the storage commitment of a study, and waits for the report.
     * @param {string} study
     * @returns {Promise<{ status: string, committed: number }>}
     */
    commit: async (study) => {
      const known = await ask('/tools/find', { Level: 'Study', Query: { StudyInstanceUID: study } });
      const { ID } = await ask('/modalities/gateway/storage-commitment', { Resources: known });
      for (const deadline = Date.now() + 60_000; ; ) {
        const { Status, Success = [] } = await ask(`/storage-commitment/${ID}`);
        if (Status !== 'Pending' || Date.now() > deadline) return { status: Status, committed: Success.length };
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
  };
}

/** @param {string} study */
function imagesOf(study) {
  const series = uidOf('Orthanc sends a series');
  return Array.from({ length: OWN }, (_, at) =>
    nativeImage({ study, series, instance: uidOf(`Orthanc sends ${at}`), number: at + 1, rows: 64, columns: 64 }),
  );
}
