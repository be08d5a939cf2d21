/** A mistake in the configuration; the message says where. */
export class ConfigError extends Error {}

/** Reads the members of a table of the configuration, and refuses unknown members. */
export class Table {
  #values;
  #path;
  #known = new Set();

  /**
   * @param {unknown} values
   * @param {string} path for messages
   */
  constructor(values, path) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw new ConfigError(`${path || 'the configuration'} must be a table`);
    }
    this.#values = /** @type {Record<string, unknown>} */ (values);
    this.#path = path;
  }

  /** @param {string} name */
  has(name) {
    return this.#values[name] !== undefined;
  }

  /**
   * @param {string} name
   * @returns {string | undefined}
   */
  text(name) {
    const value = this.#take(name);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    return this.#refuse(name, 'a text');
  }

  /** @param {string} name */
  requiredText(name) {
    return this.text(name) ?? this.#refuse(name, 'given');
  }

  /**
   * @param {string} name
   * @param {number} fallback
   * @param {number} [least]
   * @param {number} [most]
   * @returns {number}
   */
  number(name, fallback, least = 0, most = Number.MAX_SAFE_INTEGER) {
    const value = this.#take(name);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    return this.#refuse(name, `a number from ${least} to ${most}`);
  }

  /**
   * @param {string} name
   * @param {boolean} fallback
   * @returns {boolean}
   */
  flag(name, fallback) {
    const value = this.#take(name);
    if (value === undefined) return fallback;
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false');
  }

  /**
   * @param {string} name
   * @returns {string[]}
   */
  texts(name) {
    const value = this.#take(name) ?? [];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    return this.#refuse(name, 'a list of texts');
  }

  /**
   * @param {string} name
   * @returns {Table | undefined}
   */
  table(name) {
    const value = this.#take(name);
    return value === undefined ? undefined : new Table(value, this.#nameOf(name));
  }

  /**
   * @param {string} name
   * @returns {Table[]}
   */
  tables(name) {
    const value = this.#take(name) ?? [];
    if (!Array.isArray(value)) return this.#refuse(name, `written as [[${this.#nameOf(name)}]]`);
    return value.map((one, index) => new Table(one, `${this.#nameOf(name)} ${index + 1}`));
  }

  /** Call this last. It refuses members that were not read, because a mistyped name would otherwise have no effect. */
  end() {
    const unknown = Object.keys(this.#values).find((name) => !this.#known.has(name));
    if (unknown !== undefined) throw new ConfigError(`${this.#nameOf(unknown)} is not known`);
  }

  /**
   * @param {string} name
   * @param {string} what
   * @returns {never}
   */
  #refuse(name, what) {
    throw new ConfigError(`${this.#nameOf(name)} must be ${what}`);
  }

  /** @param {string} name */
  #take(name) {
    this.#known.add(name);
    return this.#values[name];
  }

  /** @param {string} name */
  #nameOf(name) {
    return this.#path ? `${this.#path}.${name}` : name;
  }
}
