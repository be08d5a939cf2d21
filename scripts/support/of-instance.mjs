/**
 * For the end of a line about an object whose key does not have the UIDs of its instance.
 * @param {string | undefined} instance Study, Series and SOP Instance UID, joined by slashes; undefined: the key has them
 */
export function ofInstance(instance) {
  return instance === undefined ? '' : `  of instance ${instance}`;
}

/**
 * The lines of a command, each beginning with the key of an object, with the instances that an answer of the archive names.
 * @param {readonly string[]} lines
 * @param {readonly { subject: string, instance?: string }[]} findings of GET /verification
 */
export function withInstances(lines, findings) {
  const instances = new Map(findings.map(({ subject, instance }) => [subject, instance]));
  return lines.map((line) => {
    const end = ofInstance(instances.get(line.split(' ')[0] ?? ''));
    return line.endsWith(end) ? line : line + end;
  });
}
