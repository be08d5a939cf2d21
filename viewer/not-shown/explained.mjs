/** Errors whose reasons the page says itself. @type {WeakSet<object>} */
export const explained = new WeakSet();

/** Notes that the page says the reason of an error. @template {object} T @param {T} error @returns {T} */
export function explain(error) {
  explained.add(error);
  return error;
}
