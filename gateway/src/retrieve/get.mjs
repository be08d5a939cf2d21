import { CommandField } from '../association/command-set.mjs';
import { chooseUncompressed } from '../dicom/transfer-syntaxes.mjs';
import { modelOf } from '../query/query-classes.mjs';
import { Refused, requestedInstances } from './retrieve-request.mjs';
import { sendInstances } from './send-instances.mjs';
import { SubOperations } from './sub-operations.mjs';

/**
 * C-GET: PS3.4 C.4.3. The instances are sent on the same association, in the contexts for storage that the peer proposed
 * with the role of the SCP.
 * @param {import('./retrieve-request.mjs').RetrieveParts} parts
 * @returns {import('../association/negotiate.mjs').Service}
 */
export function getService(parts) {
  return {
    provides: (uid) => modelOf(uid, 'get') !== undefined,
    chooseTransferSyntax: chooseUncompressed,
    handlers: {
      [CommandField.C_GET_RQ]: async (request) => {
        try {
          const instances = await requestedInstances(request, 'get', parts);
          const operations = new SubOperations(request, instances.length);
          const { association, signal } = request;
          await sendInstances({ archive: parts.archive, association, instances, operations, signal });
          return operations.result();
        } catch (error) {
          if (error instanceof Refused) return error.response;
          throw error;
        }
      },
    },
  };
}
