"""A player of calls on grpcio: see players.ts.

Usage: python3 player.py HOST:PORT [CA_FILE]
"""

import base64
import json
import pathlib
import queue
import sys
import threading

import grpc

END = object()
printing = threading.Lock()


def report(**event):
    with printing:
        print(json.dumps(event), flush=True)


class Call:
    """A call that is going on. The messages are bytes, which the test makes and reads."""

    def __init__(self, channel, command):
        self.id = command["id"]
        self.requests = queue.SimpleQueue()
        metadata = [tuple(field) for field in command.get("metadata", [])]
        for name, value in command.get("binary", {}).items():
            metadata.append((name, base64.b64decode(value)))
        timeout = command.get("timeoutNs")
        self.call = channel.stream_stream(command["path"])(
            iter(self.requests.get, END),
            metadata=metadata,
            timeout=None if timeout is None else int(timeout) / 1e9,
            compression=grpc.Compression.Gzip if command.get("gzip") else None,
        )
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for message in self.call:
                report(id=self.id, message=base64.b64encode(message).decode())
        except (grpc.RpcError, grpc.FutureCancelledError):
            pass  # The status says it, too.
        self.requests.put(END)
        report(id=self.id, code=self.call.code().value[0], details=self.call.details())


def main():
    address, *ca_file = sys.argv[1:]
    if ca_file:
        roots = pathlib.Path(ca_file[0]).read_bytes()
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(roots))
    else:
        channel = grpc.insecure_channel(address)
    calls = {}
    for line in sys.stdin:
        command = json.loads(line)
        if "path" in command:
            calls[command["id"]] = Call(channel, command)
        call = calls[command["id"]]
        if "send" in command:
            call.requests.put(base64.b64decode(command["send"]))
        if "end" in command:
            call.requests.put(END)
        if "cancel" in command:
            call.call.cancel()


if __name__ == "__main__":
    main()
