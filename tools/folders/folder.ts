/** A folder, or a module at the top. */
export interface Folder {
  /** The purpose of the folder, in a few words. */
  readonly about: string;
  /** The folders whose modules it may import, besides its own. */
  readonly imports: readonly string[];
  /** Whether it knows no platform: no `Deno`, no packages and no Node modules. */
  readonly isPure?: true;
  /** Whether a tool writes its files: any number is allowed. */
  readonly isGenerated?: true;
}
