import { afterEach } from 'vitest';
import { type Acceptance, type Acceptor, listen } from '../../src/association/acceptor.mjs';
import type { Association } from '../../src/association/association.mjs';
import { CommandField, Status } from '../../src/association/command-set.mjs';
import { collect } from '../../src/association/incoming-data.mjs';
import type { Service } from '../../src/association/negotiate.mjs';
import { type Destination, openAssociation } from '../../src/association/requestor.mjs';
import { VERIFICATION, verification } from '../../src/services/verification.mjs';

export const STORAGE = '1.2.840.10008.5.1.4.1.1.7';
export const FIND = '1.2.840.10008.5.1.4.1.2.2.1';
export const EXPLICIT = '1.2.840.10008.1.2.1';
export const HTJ2K = '1.2.840.10008.1.2.4.201';

const acceptors: Acceptor[] = [];
afterEach(async () => {
  await Promise.all(acceptors.splice(0).map((acceptor) => acceptor.close()));
});

/** Listens until the end of the test; without other services, it answers C-ECHO. */
export async function accept(parts: Partial<Acceptance> = {}): Promise<Acceptor> {
  const acceptor = await listen({ host: '127.0.0.1', port: 0, services: [verification], ...parts });
  acceptors.push(acceptor);
  return acceptor;
}

/** Opens an association with an acceptor, for C-ECHO unless other contexts are given. */
export function open(acceptor: Acceptor, parts: Partial<Destination> = {}): Promise<Association> {
  return openAssociation({
    host: '127.0.0.1',
    port: acceptor.port,
    callingAETitle: 'SCANNER',
    calledAETitle: 'GATEWAY',
    contexts: [{ abstractSyntax: VERIFICATION, transferSyntaxes: ['1.2.840.10008.1.2'] }],
    ...parts,
  });
}

/** Takes every transfer syntax, and notes the data sets. */
export function storage(): Service & { received: Buffer[] } {
  const received: Buffer[] = [];
  return {
    received,
    provides: (uid) => uid === STORAGE,
    chooseTransferSyntax: ([first]) => first,
    requestorMayBeSCP: true,
    handlers: {
      [CommandField.C_STORE_RQ]: async ({ data }) => {
        received.push(await collect(data!, 2 ** 30));
        return { Status: Status.Success };
      },
    },
  };
}

/** Sends C-ECHO. @returns the Status of the response */
export async function echo(association: Association): Promise<unknown> {
  const context = association.contextFor(VERIFICATION)!;
  const { command } = await association.request(context, {
    CommandField: CommandField.C_ECHO_RQ,
    AffectedSOPClassUID: VERIFICATION,
  });
  return command.Status;
}
