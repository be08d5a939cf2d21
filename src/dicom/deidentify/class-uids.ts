/**
 * Attributes of VR UI whose values name a kind of thing that many institutions have: an SOP class, a transfer syntax, an
 * implementation, a coding scheme, a context group or a mapping resource. Such a UID stays, also when it is private and
 * PS3.6 does not register it. Every other attribute of VR UI names one thing: an instance, a frame of reference, a device,
 * an organization. For each group there is one line: the group number, then the element numbers.
 */
const TAGS = `
0002 0002 0010 0012 0032
0004 1510 1512 151A
0008 0016 001A 001B 0062 010C 0117 0118 040E 1150 115A 3002
0034 0003
0400 0010 0510
3010 0052 0053`;

let tags: Set<string> | undefined;

/** Whether the UIDs of an attribute name kinds of things. @param tag eight upper-case hexadecimal digits */
export function hasClassUIDs(tag: string): boolean {
  tags ??= new Set(
    TAGS.trim()
      .split('\n')
      .flatMap((line) => {
        const [group = '', ...elements] = line.split(' ');
        return elements.map((element) => group + element);
      }),
  );
  return tags.has(tag);
}
