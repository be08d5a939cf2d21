/** Implementation Class UID: derived from a UUID (PS3.5 B.2), the same in every release. */
export const IMPLEMENTATION_CLASS_UID = '2.25.160761858134038959599735835799058402424';

/**
 * Implementation Version Name. It is written into every file, and the same instance that is received again must give
 * the same file: so it does not change with a release.
 */
export const IMPLEMENTATION_VERSION_NAME = 'DWE_GATEWAY_1';
