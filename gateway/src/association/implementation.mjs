/** Implementation Class UID: derived from a UUID (PS3.5 B.2), the same in every release. */
export const IMPLEMENTATION_CLASS_UID = '2.25.160761858134038959599735835799058402424';

/**
 * Implementation Version Name. It is written into every file. It stays the same in all releases, because an instance that
 * is received twice must give the same file.
 */
export const IMPLEMENTATION_VERSION_NAME = 'DWE_GATEWAY_1';
