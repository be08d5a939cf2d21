import type { Confinement } from './confinement';
import { forStores, type View, viewOf } from './view';

/** Confinements that an isolate remembers for an archive. */
const REMEMBERED = 100;

/** Characters of a confinement that is remembered: those with the patients of many studies are not. */
const LONGEST_REMEMBERED = 50_000;

/** What an archive's restrictions make of its tables. */
interface Views {
  /** The view for everything except stores. */
  readonly seen: View;
  /** The views for stores, by the principal that stores. */
  readonly stored: Map<string, View>;
}

/** The views of an archive that were made last. To make one takes time. */
export class RememberedViews {
  private readonly views = new Map<string, Views>();

  /** @param key the confinement as JSON */
  seen(key: string, confinement: Confinement): View {
    return this.of(key, confinement).seen;
  }

  /** The view of a principal that stores. @param key the confinement as JSON */
  storing(key: string, confinement: Confinement, principal: string): View {
    const { stored } = this.of(key, confinement);
    const view = stored.get(principal) ?? viewOf(forStores(confinement, principal));
    if (stored.size < REMEMBERED) stored.set(principal, view);
    return view;
  }

  private of(key: string, confinement: Confinement): Views {
    const found = this.views.get(key) ?? { seen: viewOf(confinement), stored: new Map() };
    if (key.length <= LONGEST_REMEMBERED) this.views.set(key, found);
    const [oldest] = this.views.keys();
    if (this.views.size > REMEMBERED && oldest !== undefined) this.views.delete(oldest);
    return found;
  }
}
