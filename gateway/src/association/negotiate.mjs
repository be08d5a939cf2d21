import { ContextResult } from './associate-pdu.mjs';

/**
 * @typedef {object} Service what an acceptor offers for a set of SOP classes
 * @property {(abstractSyntax: string) => boolean} provides
 * @property {(proposed: readonly string[]) => string | undefined} chooseTransferSyntax one of the proposed ones
 * @property {boolean} [requestorMayBeSCP] the requestor may take the role of the SCP, as for the storage of C-GET
 * @property {Readonly<Record<number, import('./exchange.mjs').Handler>>} handlers by Command Field of the request
 */

/**
 * Answers the presentation contexts and roles of a request (PS3.8 9.3.3.2, PS3.7 D.3.3.4).
 * @param {import('./associate-pdu.mjs').AssociateRequest} request
 * @param {readonly Service[]} services the first that provides a SOP class counts
 */
export function negotiate(request, services) {
  const serviceOf = (/** @type {string} */ uid) => services.find((service) => service.provides(uid));
  const contexts = request.contexts.map(({ id, abstractSyntax, transferSyntaxes }) => {
    const service = serviceOf(abstractSyntax);
    const chosen = service?.chooseTransferSyntax(transferSyntaxes);
    const refused = service ? ContextResult.TransferSyntaxesNotSupported : ContextResult.AbstractSyntaxNotSupported;
    const result = chosen === undefined ? refused : ContextResult.Accepted;
    return { id, result, transferSyntax: chosen ?? transferSyntaxes[0] ?? '' };
  });
  const accepted = request.contexts.flatMap(({ id, abstractSyntax }, index) => {
    const answer = contexts[index];
    if (answer?.result !== ContextResult.Accepted) return [];
    return [{ id, abstractSyntax, transferSyntax: answer.transferSyntax }];
  });
  // A role that is not answered is the default: the requestor is the SCU.
  const roles = request.roles.filter(({ sopClassUID }) => serviceOf(sopClassUID)?.requestorMayBeSCP === true);
  return { contexts, accepted, roles };
}

/**
 * The handler of a request, by the service that provides the abstract syntax of its context.
 * @param {readonly Service[]} services
 * @returns {(context: import('./exchange.mjs').AcceptedContext, commandField: number) => import('./exchange.mjs').Handler | undefined}
 */
export function handlersOf(services) {
  return ({ abstractSyntax }, commandField) =>
    services.find((service) => service.provides(abstractSyntax))?.handlers[commandField];
}
