/** One measured figure. */
export interface Figure {
  /** What was measured. */
  readonly name: string;
  /** How much it was. */
  readonly value: number;
  /** Of what. */
  readonly unit: string;
}
