import { askArchive, notAnArchive } from '../support/ask-archive.mjs';

/**
 * Keys over HTTP, as an administrator of the archive.
 * @param {{ keys: string, credential: string }} place
 * @returns {import('./keys.mjs').Keys}
 */
export function keysOverHTTP({ keys, credential }) {
  /** @param {string} method @param {string} path @param {object} [body] */
  const ask = (method, path, body) => askArchive(keys + path, { method, credential, ...(body && { body }) });
  return {
    list: async () => {
      const answer = await ask('GET', '');
      if (!Array.isArray(answer?.keys)) throw notAnArchive(keys);
      return answer.keys;
    },
    create: ({ name, roles, expires, labels, quota }) =>
      ask('POST', '', { name, roles, expires, quota, ...(labels.length > 0 && { labels }) }),
    renew: (id, { expires, overlapHours }) => ask('POST', `/${id}/renew`, { expires, overlapHours }),
    revoke: async (id) => {
      await ask('DELETE', `/${id}`);
    },
  };
}
