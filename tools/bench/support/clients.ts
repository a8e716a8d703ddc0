import { KnownFrames } from "./checker.ts";
import { Author, type Burst } from "./author.ts";
import { connect, Member } from "./peer.ts";

/** The number of connections that are opened at the same time. */
const OPEN_AT_ONCE = 50;

/** An author's burst: the server's `--max-in-flight`, in a few frames. */
export const BURST: Burst = { window: 1_024, frame: 256 };

/** An author and readers, each with its own connection and session. */
export class BenchClients implements Disposable {
  readonly author: Author;
  readonly readers: Member[];

  private constructor(author: Author, readers: Member[]) {
    this.author = author;
    this.readers = readers;
  }

  /**
   * Joins the lobby of the server at `address`, over TLS if `tls` is true.
   *
   * @param authorAddress The server of the author, if it is another one.
   */
  static async join(
    address: string,
    readers: number,
    tls = false,
    authorAddress = address,
  ): Promise<BenchClients> {
    const known = new KnownFrames();
    const author = new Author(await Member.join(connect(authorAddress, tls), "author", known));
    const members: Member[] = [];
    while (members.length < readers) {
      const count = Math.min(OPEN_AT_ONCE, readers - members.length);
      const joining = Array.from(
        { length: count },
        (_, i) => Member.join(connect(address, tls), `reader ${members.length + i}`, known),
      );
      members.push(...await Promise.all(joining));
    }
    return new BenchClients(author, members);
  }

  /**
   * Posts `notes` notes as fast as acknowledgements allow, until every reader has them.
   *
   * @returns the elapsed seconds.
   */
  async burst(notes: number): Promise<number> {
    const { author, readers } = this;
    const last = author.posted + notes;
    const start = performance.now();
    await Promise.all([
      author.burst(notes, BURST),
      author.member.has(last),
      ...readers.map((reader) => reader.has(last)),
    ]);
    return (performance.now() - start) / 1_000;
  }

  [Symbol.dispose](): void {
    this.author.member[Symbol.dispose]();
    for (const reader of this.readers) reader[Symbol.dispose]();
  }
}
