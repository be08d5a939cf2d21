import { monotonic } from './monotonic.mjs';
/**
 * Reports an event that needs an administrator to a webhook. The report never contains values of patients.
 * @param {string | undefined} url
 * @param {import('./forward/http-client.mjs').HTTPClient} http
 * @param {import('./log.mjs').Log} log
 * @returns {(event: string, fields: Record<string, string | number | undefined>) => void}
 */
export function alerts(url, http, log) {
  /** @type {Map<string, number>} */
  const last = new Map();
  return (event, fields) => {
    log('error', event, fields);
    // One alert a minute for each kind of event: a thousand refused instances make one alert.
    if (url === undefined || monotonic() - (last.get(event) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    last.set(event, monotonic());
    const { file: _, ...told } = fields;
    const body = Buffer.from(JSON.stringify({ event, time: new Date().toISOString(), ...told }));
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    http.send({ method: 'POST', url, headers, body }).then(
      ({ status }) => status >= 400 && log('warning', 'webhook-refused', { status }),
      () => log('warning', 'webhook-not-reached'),
    );
  };
}
