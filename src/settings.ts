/**
 * A setting has an impossible value, or there is no such setting. The deployment refuses every request until this is
 * corrected.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads the Worker's variables. wrangler.toml may give a setting as a string, a number or a boolean. */
export class Settings {
  private readonly known = new Set<string>();

  constructor(private readonly env: Record<string, unknown>) {}

  /**
   * @returns the setting as text without surrounding white space; empty when it is not set
   * @throws ConfigurationError when the setting is a table or an array: it must not count as not set
   */
  text(name: string): string {
    this.known.add(name);
    const value = this.env[name];
    if (value === undefined || value === null) return '';
    if (isVariable(value)) return String(value).trim();
    throw new ConfigurationError(`${name} must be one text. Several values are separated by commas.`);
  }

  /**
   * @returns false when the setting is not set
   * @throws ConfigurationError when the value is neither `true` nor `false`
   */
  flag(name: string): boolean {
    const value = this.text(name);
    if (value !== '' && value !== 'true' && value !== 'false') {
      throw new ConfigurationError(`${name} must be true or false.`);
    }
    return value === 'true';
  }

  /**
   * @returns the setting; the first of the choices when it is not set
   * @throws ConfigurationError when the value is none of the choices
   */
  choice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(name) || choices[0];
    const chosen = choices.find((each) => each === value);
    if (chosen === undefined) throw new ConfigurationError(`${name} must be one of ${choices.join(', ')}.`);
    return chosen;
  }

  /**
   * Reads a table of wrangler.toml, such as [vars.ROLES], or its JSON text.
   * @returns an empty object when the setting is not set
   * @throws ConfigurationError when the setting is no object
   */
  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.structure(name) ?? {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new ConfigurationError(`${name} must be a table, or the text of a JSON object.`);
  }

  /**
   * Reads an array of tables of wrangler.toml, such as [[vars.ISSUERS]], or its JSON text.
   * @returns an empty array when the setting is not set
   * @throws ConfigurationError when the setting is no array
   */
  array(name: string): readonly unknown[] {
    const value = this.structure(name) ?? [];
    if (Array.isArray(value)) return value;
    throw new ConfigurationError(`${name} must be an array of tables, or the text of a JSON array.`);
  }

  private structure(name: string): unknown {
    this.known.add(name);
    const value = this.env[name];
    if (typeof value !== 'string') return value;
    if (value.trim() === '') return undefined;
    try {
      return JSON.parse(value);
    } catch {
      throw new ConfigurationError(`${name} is not JSON.`);
    }
  }

  /** @returns the names in a comma-separated list */
  list(name: string): string[] {
    const names = this.text(name).split(',');
    return names.map((each) => each.trim()).filter((each) => each !== '');
  }

  /**
   * Call this after all settings have been read. A mistyped name must not leave the intended setting at its default.
   * @throws ConfigurationError when a variable is none of the settings
   */
  refuseUnknown(): void {
    for (const [name, value] of Object.entries(this.env)) {
      // Variables with names of another form belong to a test runner or to the platform.
      if (!isVariable(value) || this.known.has(name) || !/^[A-Z]/.test(name)) continue;
      throw new ConfigurationError(
        `There is no setting ${name}. The settings are ${[...this.known].sort().join(', ')}.`,
      );
    }
  }
}

function isVariable(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
