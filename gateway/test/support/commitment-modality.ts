import { type Acceptor, listen } from '../../src/association/acceptor.mjs';
import type { Association } from '../../src/association/association.mjs';
import { CommandField, Status } from '../../src/association/command-set.mjs';
import { collect } from '../../src/association/incoming-data.mjs';
import type { Service } from '../../src/association/negotiate.mjs';
import { openAssociation } from '../../src/association/requestor.mjs';
import { PUSH_MODEL, PUSH_MODEL_INSTANCE } from '../../src/commitment/commitment-work.mjs';
import { readDataSet } from '../../src/dicom/data-set-reader.mjs';
import { writeDataSet } from '../../src/dicom/data-set-writer.mjs';

/* A modality that asks for storage commitment (PS3.4 J), and takes reports. */

const EXPLICIT = '1.2.840.10008.1.2.1';
export const CT = '1.2.840.10008.5.1.4.1.1.2';

/** A report of storage commitment that the modality received: N-EVENT-REPORT (PS3.4 J.3.3). */
export interface Report {
  readonly event: unknown;
  readonly transaction: string;
  readonly committed: string[];
  readonly failed: [uid: string, reason: number][];
  readonly association: Association;
}

/** Takes reports, or answers with these statuses first. */
export function reports(statuses: number[] = []) {
  const received: Report[] = [];
  let wake = () => {};
  const service: Service = {
    provides: (uid) => uid === PUSH_MODEL,
    chooseTransferSyntax: (proposed) => proposed.find((syntax) => syntax === EXPLICIT),
    requestorMayBeSCP: true,
    handlers: {
      [CommandField.N_EVENT_REPORT_RQ]: async ({ command, data: bytes, context, association }) => {
        const dataSet = readDataSet(await collect(bytes!, 2 ** 20), context.transferSyntax);
        const status = statuses.shift();
        if (status !== undefined) return { Status: status };
        const uid = (of: typeof dataSet, tag: number) => of.get(tag)!.value.toString().replace(/\0$/, '');
        const items = (tag: number) => dataSet.get(tag)?.items ?? [];
        received.push({
          event: command.EventTypeID,
          transaction: uid(dataSet, 0x00081195),
          committed: items(0x00081199).map((item) => uid(item, 0x00081155)),
          failed: items(0x00081198).map((item) => [uid(item, 0x00081155), item.get(0x00081197)!.value.readUInt16LE()]),
          association,
        });
        wake();
        return { Status: Status.Success };
      },
    },
  };
  const next = async (count = 1): Promise<Report[]> => {
    while (received.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return received;
  };
  return { service, received, next };
}

/** A modality that listens for reports. Its acceptor is to be closed. */
export async function listeningModality(statuses?: number[]) {
  const { service, ...taken } = reports(statuses);
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [service] });
  return { port: acceptor.port, acceptor, ...taken };
}

/** Opens an association of a modality that asks for storage commitment. */
export function open(acceptor: Acceptor, services: Service[] = []): Promise<Association> {
  return openAssociation({
    ...{ host: '127.0.0.1', port: acceptor.port, callingAETitle: 'SCANNER', calledAETitle: 'GATEWAY', services },
    contexts: [{ abstractSyntax: PUSH_MODEL, transferSyntaxes: [EXPLICIT] }],
  });
}

/** Asks whether instances are committed: N-ACTION (PS3.4 J.3.2). */
export async function ask(
  association: Association,
  transaction: string,
  uids: readonly string[],
  action = 1,
): Promise<unknown> {
  const { command } = await association.request(
    association.contextFor(PUSH_MODEL)!,
    {
      CommandField: CommandField.N_ACTION_RQ,
      RequestedSOPClassUID: PUSH_MODEL,
      RequestedSOPInstanceUID: PUSH_MODEL_INSTANCE,
      ActionTypeID: action,
    },
    writeDataSet(
      {
        '00081195': { vr: 'UI', Value: [transaction] },
        '00081199': {
          vr: 'SQ',
          Value: uids.map((uid) => ({ '00081150': { vr: 'UI', Value: [CT] }, '00081155': { vr: 'UI', Value: [uid] } })),
        },
      },
      EXPLICIT,
    ),
  );
  return command.Status;
}
