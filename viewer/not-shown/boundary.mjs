/*
 * Keeps an error in one viewport from the rest of the page.
 */

/** @type {any} */
let Boundary;

/**
 * A component of React that stays empty when what is in it throws, until another series is shown in it. extension.mjs
 * covers an empty viewport with words.
 * @param {any} react OHIF's React
 */
export function viewportBoundary(react) {
  // React draws everything again when the class changes.
  Boundary ??= class ViewportBoundary extends react.Component {
    /** @type {{ failed: boolean }} */
    state = { failed: false };

    static getDerivedStateFromError() {
      return { failed: true };
    }

    /** @param {{ shown: string }} before */
    componentDidUpdate(before) {
      if (this.state.failed && before.shown !== this.props.shown) this.setState({ failed: false });
    }

    render() {
      return this.state.failed ? null : this.props.children;
    }
  };
  return Boundary;
}

/**
 * The value of a content item as React can draw it: an object, such as the address of a long text, makes React throw.
 * @param {() => unknown} value
 * @returns {string | undefined} undefined: there is no value
 */
export function textOf(value) {
  try {
    const text = value();
    if (text === undefined || text === null) return undefined;
    return typeof text === 'object' ? NOT_READ : String(text);
  } catch {
    return NOT_READ;
  }
}

const NOT_READ = '[This value cannot be shown here. The archive keeps it.]';
