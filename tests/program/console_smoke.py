"""Joins a server with a password at a console: the smoke test for Windows, which has no tmux.

Usage: python console_smoke.py PROGRAM [ARGUMENT ...], with the words that run chat. It needs
pywinpty; on other systems ptyprocess, which has the same interface.
"""

import re
import subprocess
import sys
import tempfile

try:
    from winpty import PtyProcess
except ImportError:
    from ptyprocess import PtyProcessUnicode as PtyProcess

PASSWORD = "a long secret"
# CSI and OSC sequences: colors, moves of the cursor, titles.
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")


class Console:
    """A program at a console of its own."""

    def __init__(self, words):
        self.process = PtyProcess.spawn(words, dimensions=(24, 100))
        self.output = ""

    def wait_for(self, pattern):
        while not re.search(pattern, SEQUENCE.sub("", self.output)):
            try:
                self.output += self.process.read()
            except EOFError:
                sys.exit(f"no {pattern} in {self.output!a}")

    def type(self, text):
        self.process.write(text)

    def expect_end(self, code=0):
        status = self.process.wait()
        if status != code:
            sys.exit(f"exit status {status} after {self.output!a}")


def serve(program, folder):
    """Starts a server; returns its process and address."""
    with open(f"{folder}/password", "w") as file:
        file.write(PASSWORD + "\n")
    options = ["--port", "0", "--data", ":memory:", "--password-file", f"{folder}/password"]
    server = subprocess.Popen([*program, "serve", *options], stdout=subprocess.PIPE, text=True)
    for line in server.stdout:
        if line.startswith("listening on "):
            return server, line.split()[-1]
    sys.exit("the server did not start")


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        server, address = serve(program, folder)
        try:
            join = [*program, "join", "--server", address, "--name", "bob"]
            console = Console(join)
            console.wait_for("Password:")
            console.type("half of\x03")
            console.expect_end(130)

            console = Console(join)
            console.wait_for("Password:")
            console.type(PASSWORD + "\r")
            console.wait_for("lobby: bob")
            console.type("hellp\x08o \u00e9\r")
            console.wait_for(r"\[bob\] hello \u00e9")
            console.type("half a line\x03")
            console.type("/quit\r")
            console.expect_end()
        finally:
            server.terminate()
            server.wait()
    print("a conversation at a console went well")


main(sys.argv[1:])
