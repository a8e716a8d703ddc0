/**
 * The flags with which V8 runs a server: they are set when its process starts, since Deno changes
 * none of them later. Without them, all is correct, but the last percent of live notes is late while
 * somebody reads old ones.
 */
export const V8_FLAGS = [
  // If the first objects of a kind survive a collection, V8 puts all later ones among the old objects
  // at once. The first old notes that are read do, and a reader needs the others for a moment only.
  "--no-allocation-site-pretenuring",
  // V8 marks old objects while others are allocated. Its tasks would do it as well, but then Deno's
  // event loop never rests, and handles input in one of 61 turns only.
  "--no-incremental-marking-task",
].join(",");
