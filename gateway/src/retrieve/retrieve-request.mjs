import { ArchiveError } from '../archive/archive.mjs';
import { Status } from '../association/command-set.mjs';
import { UnreadableDataSet } from '../dicom/data-set-reader.mjs';
import { readIdentifier } from '../query/identifier.mjs';
import { modelOf } from '../query/query-classes.mjs';
import { levelOf } from '../query/search-request.mjs';
import { BadIdentifier, instancesOf } from './instances.mjs';
import { RetrieveStatus } from './sub-operations.mjs';

/**
 * @typedef {object} RetrieveParts
 * @property {import('../archive/archive.mjs').Archive} archive
 * @property {(association: import('../association/association.mjs').Association) => boolean} mayQuery
 */

/** A request that is answered without a sub-operation. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} comment without values of the identifier
   */
  constructor(status, comment) {
    super(comment);
    this.response = { Status: status, ErrorComment: comment.slice(0, 64) };
  }
}

/**
 * The instances that a C-MOVE or a C-GET names.
 * @param {import('../association/exchange.mjs').Request} request
 * @param {'move' | 'get'} operation
 * @param {RetrieveParts} parts
 * @throws {Refused}
 */
export async function requestedInstances(request, operation, { archive, mayQuery }) {
  const { context, signal } = request;
  if (!mayQuery(request.association))
    throw new Refused(Status.NotAuthorized, 'this application entity may not retrieve');
  try {
    const identifier = await readIdentifier(request);
    const level = levelOf(identifier.level);
    if (level === undefined || !modelOf(context.abstractSyntax, operation)?.levels.includes(level)) {
      throw new Refused(RetrieveStatus.DoesNotMatch, 'Query/Retrieve Level (0008,0052) is not of the model');
    }
    return await instancesOf(archive, level, identifier, signal);
  } catch (error) {
    if (error instanceof UnreadableDataSet) throw new Refused(RetrieveStatus.DoesNotMatch, error.message);
    if (error instanceof BadIdentifier) throw new Refused(RetrieveStatus.DoesNotMatch, error.message);
    if (!(error instanceof ArchiveError)) throw error;
    const status = error.status === 413 ? RetrieveStatus.UnableToCalculate : RetrieveStatus.UnableToProcess;
    throw new Refused(status, error.message);
  }
}
