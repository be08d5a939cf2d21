/**
 * Why a request reached no archive, and will not reach it the next time either. Node says it in the cause of the error; a browser
 * keeps it to itself.
 * @param {unknown} error of fetch
 * @returns {{ code: string, text: string } | undefined} undefined: it may reach the archive later
 */
export function lastingFault(error) {
  const { message, code } = Object(Object(error).cause);
  if (message === 'unexpected redirect') return { code: 'redirected', text: REDIRECTED };
  if (!CERTIFICATE.test(String(code))) return undefined;
  return { code: 'not-trusted', text: `The certificate of this address is not trusted (${code}). ${AUTHORITY}` };
}

const REDIRECTED =
  'This address sends its clients on to another one, or to a sign-in. Use the one of the archive itself.';

const AUTHORITY =
  'If it is of your own authority, name the file of its certificate in the variable NODE_EXTRA_CA_CERTS.';

/** Codes such as CERT_HAS_EXPIRED, DEPTH_ZERO_SELF_SIGNED_CERT and UNABLE_TO_VERIFY_LEAF_SIGNATURE. */
const CERTIFICATE = /CERT|SIGNATURE/;
