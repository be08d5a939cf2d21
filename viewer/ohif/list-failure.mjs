/**
 * What the study list says when the archive did not answer: OHIF would say that there are no studies.
 * @param {{ createElement: (type: string, attributes: object | null, ...children: unknown[]) => unknown }} react
 * @param {{ failed?: { reason: string, again: () => void } }} studies the list's rows, with the failure if there is one
 * @returns {unknown} an element of React; undefined: the archive has answered
 */
export function listFailure(react, { failed }) {
  if (failed === undefined) return undefined;
  const { reason, again } = failed;
  const button = { type: 'button', onClick: again, className: 'text-highlight mt-2 underline' };
  return react.createElement(
    'div',
    { role: 'alert', className: 'text-foreground text-base' },
    react.createElement('p', null, 'The studies could not be listed.'),
    react.createElement('p', null, /^request failed$/i.test(reason) ? 'The archive gave no reason.' : reason),
    react.createElement('button', button, 'Try again'),
  );
}
