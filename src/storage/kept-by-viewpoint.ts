import type { Viewpoint } from '../archive/visibility';

/**
 * Keeps the object that is made for each viewpoint. The gate keeps the viewpoints of a principal, so its requests use the
 * same objects.
 */
export function keptByViewpoint<Seen>(make: (viewpoint: Viewpoint) => Seen): (viewpoint: Viewpoint) => Seen {
  const kept = new WeakMap<Viewpoint, { readonly seen: Seen }>();
  return (viewpoint) => {
    const known = kept.get(viewpoint) ?? { seen: make(viewpoint) };
    kept.set(viewpoint, known);
    return known.seen;
  };
}
