import type { Viewpoint } from '../archive/visibility';

/**
 * Keeps what is made for each viewpoint. The gate keeps the viewpoints of a principal, so that its requests do not make the same
 * objects again.
 */
export function keptByViewpoint<Seen>(make: (viewpoint: Viewpoint) => Seen): (viewpoint: Viewpoint) => Seen {
  const kept = new WeakMap<Viewpoint, { readonly seen: Seen }>();
  return (viewpoint) => {
    const known = kept.get(viewpoint) ?? { seen: make(viewpoint) };
    kept.set(viewpoint, known);
    return known.seen;
  };
}
