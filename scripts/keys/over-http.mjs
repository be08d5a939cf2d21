/**
 * Keys over HTTP, as an administrator of the archive.
 * @param {{ keys: string, credential: string }} place
 * @returns {import('./keys.mjs').Keys}
 */
export function keysOverHTTP({ keys, credential }) {
  /** @param {string} method @param {string} path @param {object} [body] */
  const ask = async (method, path, body) => {
    const response = await fetch(keys + path, {
      method,
      // The archive does not redirect. Another server must not get the key.
      redirect: 'error',
      headers: {
        ...(credential && { Authorization: `Bearer ${credential}` }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(reasonOf(response.status, text));
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    list: async () => (await ask('GET', '')).keys,
    create: ({ name, roles, expires, labels, quota }) =>
      ask('POST', '', { name, roles, expires, quota, ...(labels.length > 0 && { labels }) }),
    renew: (id, { expires, overlapHours }) => ask('POST', `/${id}/renew`, { expires, overlapHours }),
    revoke: async (id) => {
      await ask('DELETE', `/${id}`);
    },
  };
}

/** @param {number} status @param {string} text of a problem */
function reasonOf(status, text) {
  try {
    return `The archive answers ${status}: ${JSON.parse(text).detail}`;
  } catch {
    return `The archive answers ${status}.`;
  }
}
