"""Joins a server with a password at a console: the smoke test for Windows, which has no tmux.

Usage: python console_smoke.py PROGRAM [ARGUMENT ...], with the words that run chat. It needs
pywinpty; on other systems ptyprocess, which has the same interface. A program that hangs is killed,
and the script fails with what it was waiting for and with the output so far.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading

try:
    from winpty import PtyProcess

    ENDS_WITH_PROGRAM = False  # A console of Windows may stay open.
    KILL = signal.SIGTERM  # It ends a program there without asking it.
except ImportError:
    from ptyprocess import PtyProcessUnicode as PtyProcess

    ENDS_WITH_PROGRAM = True
    KILL = signal.SIGKILL

PASSWORD = "a long secret"
# The seconds after which a program counts as hanging: many times more than it needs, and less than
# the deadline of the test that runs this script. A killed script could not report what hangs.
HANGS_AFTER = 30
# CSI and OSC sequences: colors, moves of the cursor, titles.
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")


def kill_when_it_hangs(process):
    """Returns a running timer. The caller cancels it once the process has done its part."""
    timer = threading.Timer(HANGS_AFTER, os.kill, [process.pid, KILL])
    timer.daemon = True  # It does not keep the script running.
    timer.start()
    return timer


class Console:
    """A program at a console of its own."""

    def __init__(self, words):
        self.process = PtyProcess.spawn(words, dimensions=(24, 100))
        self.timer = kill_when_it_hangs(self.process)
        self.output = ""

    def wait_for(self, pattern):
        while not re.search(pattern, SEQUENCE.sub("", self.output)):
            if not self.read():
                sys.exit(f"no {pattern} in {self.output!a}")

    def read(self):
        """Reads more of the output. Returns false at its end."""
        try:
            self.output += self.process.read()
        except EOFError:
            return False
        return True

    def type(self, text):
        self.process.write(text)

    def expect_end(self, code=0):
        while ENDS_WITH_PROGRAM and self.read():
            pass
        status = self.process.wait()
        self.timer.cancel()
        if status != code:
            reason = f"exit status {status}, not {code}," if status is not None else "no end"
            sys.exit(f"{reason} after {self.output!a}")


def serve(program, folder):
    """Starts a server; returns its process and address."""
    with open(f"{folder}/password", "w") as file:
        file.write(PASSWORD + "\n")
    options = ["--port", "0", "--data", ":memory:", "--password-file", f"{folder}/password"]
    server = subprocess.Popen([*program, "serve", *options], stdout=subprocess.PIPE, text=True)
    timer = kill_when_it_hangs(server)
    for line in server.stdout:
        if line.startswith("listening on "):
            timer.cancel()
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
