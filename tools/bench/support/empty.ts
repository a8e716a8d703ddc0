// Does nothing: what is left is what Deno takes to start.
