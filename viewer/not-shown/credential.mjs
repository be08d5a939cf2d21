/** The header with OHIF's own credential, where a deployment has OHIF sign in. @returns {Record<string, string>} */
export function credential() {
  const { userAuthenticationService } = /** @type {any} */ (globalThis).services ?? {};
  return userAuthenticationService?.getAuthorizationHeader?.() ?? {};
}
