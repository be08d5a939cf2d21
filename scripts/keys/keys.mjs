/**
 * A key as the archive shows it. `key` is its secret, and there only when it has just been made.
 * @typedef {object} Key
 * @property {string} id
 * @property {string} name
 * @property {string[]} roles
 * @property {string} expires
 * @property {string} [lastUsed]
 * @property {string} [revoked]
 * @property {string} [key]
 */

/**
 * @typedef {object} NewKey
 * @property {string} name
 * @property {string[]} roles
 * @property {string | undefined} expires
 * @property {string[]} labels
 * @property {{ bytes?: number, instances?: number } | undefined} quota
 */

/**
 * The keys of one archive.
 * @typedef {object} Keys
 * @property {() => Promise<Key[]>} list
 * @property {(key: NewKey) => Promise<Key>} create
 * @property {(id: string, renewal: { expires: string | undefined, overlapHours: number | undefined }) => Promise<Key>} renew
 * @property {(id: string) => Promise<void>} revoke
 */

export {};
