/** Statements that one invocation of a Worker may send to D1, in all of its archives and databases. */
const PER_INVOCATION = 1000;

/** What the last unit of work may take beyond the units before it, and work that is not counted before it begins. */
const SPARE = 150;

/**
 * What work in the background may still send to D1: the statements of its invocation are counted as they are sent. A part of the
 * budget ends earlier than the whole, and counts the same statements.
 */
export class StatementBudget {
  private constructor(
    private readonly sent: { statements: number },
    private readonly end: number,
  ) {}

  /** @param most statements that the invocation may send */
  static ofInvocation(most = PER_INVOCATION): StatementBudget {
    return new StatementBudget({ statements: 0 }, Math.ceil(most * (1 - SPARE / PER_INVOCATION)));
  }

  /** The budget of work whose statements are not counted, such as that of a request. */
  static readonly UNLIMITED = new StatementBudget({ statements: 0 }, Number.POSITIVE_INFINITY);

  /** Notes statements that are sent. */
  readonly note = (statements: number): void => {
    this.sent.statements += statements;
  };

  get left(): number {
    return Math.max(0, this.end - this.sent.statements);
  }

  /** One of `parts` equal parts of what is left. */
  part(parts: number): StatementBudget {
    return new StatementBudget(this.sent, this.sent.statements + this.left / parts);
  }

  /**
   * For units of work that follow one another.
   * @param first statements that the first unit may take
   * @returns a function to ask before each unit: whether what is left is enough for the largest unit so far
   */
  units(first: number): () => boolean {
    let most = first;
    let before: number | undefined;
    return () => {
      const now = this.sent.statements;
      if (before !== undefined) most = Math.max(most, now - before);
      before = now;
      return this.left >= most;
    };
  }
}
