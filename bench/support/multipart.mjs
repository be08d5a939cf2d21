import { parts } from '../../scripts/support/dicomweb-client.mjs';

/** The parts of a multipart answer. @param {string} contentType @param {Buffer} body */
export function partsOf(contentType, body) {
  return parts({ headers: new Headers({ 'Content-Type': contentType }), body }).map((part) => part.body);
}
