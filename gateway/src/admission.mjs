import { Reject } from './association/associate-pdu.mjs';

/**
 * Decides whether an association may search and retrieve. An AE title proves little, so only senders that the
 * configuration names may do so.
 * @param {Pick<import('./config/config.mjs').Config, 'senders' | 'anySenderMayQuery'>} rules
 * @returns {(association: import('./association/association.mjs').Association) => boolean}
 */
export function queryPermission({ senders, anySenderMayQuery }) {
  return ({ callingAETitle, remoteAddress }) =>
    senders === 'any'
      ? anySenderMayQuery
      : senders.some(
          ({ aeTitle, isFrom, mayQuery }) => mayQuery && aeTitle === callingAETitle && isFrom(remoteAddress),
        );
}

/**
 * Says why an association is rejected: PS3.8 9.3.4.
 * @param {{ aeTitle: string, senders: import('./config/config.mjs').Config['senders'] }} rules
 * @param {import('./outbox/disk-space.mjs').DiskSpace} space
 * @returns {(request: import('./association/associate-pdu.mjs').AssociateRequest, remoteAddress: string) =>
 *   import('./association/associate-pdu.mjs').Rejection | undefined}
 */
export function admission({ aeTitle, senders }, space) {
  return ({ calledAETitle, callingAETitle }, remoteAddress) => {
    if (calledAETitle !== aeTitle) return Reject.CalledAETitle;
    const known =
      senders === 'any' || senders.some((sender) => sender.aeTitle === callingAETitle && sender.isFrom(remoteAddress));
    if (!known) return Reject.CallingAETitle;
    return space.isShort ? { ...Reject.LocalLimitExceeded, why: 'the disk is nearly full' } : undefined;
  };
}
