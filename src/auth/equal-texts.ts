/** Whether two texts are equal. The comparison takes the same time wherever they differ, so that it tells nothing of a secret. */
export function equalTexts(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}
