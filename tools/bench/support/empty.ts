// Does nothing: the time that remains is Deno's own start.
