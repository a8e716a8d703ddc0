"""A chat client in the shape of the Python original, for the tests to talk to.

One thread prints what ChatStream brings, the other sends each line of standard input
with SendNote; at the end of the input it leaves.

Usage: python3 original_client.py HOST:PORT NAME [CA_FILE]

With a file of authorities in PEM it speaks TLS with a server that they vouch for.
"""

import pathlib
import sys
import threading

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).parent))
messages, services = grpc.protos_and_services("original.proto")


def listen(stub):
    try:
        for note in stub.ChatStream(messages.Empty()):
            print(f"[{note.name}] {note.message}", flush=True)
    except grpc.RpcError as error:
        print(f"stream ended: {error.code().name}", flush=True)


def main():
    address, name, *ca_file = sys.argv[1:]
    if ca_file:
        roots = pathlib.Path(ca_file[0]).read_bytes()
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(roots))
    else:
        channel = grpc.insecure_channel(address)
    stub = services.ChatServerStub(channel)
    threading.Thread(target=listen, args=(stub,), daemon=True).start()
    for line in sys.stdin:
        try:
            stub.SendNote(messages.Note(name=name, message=line.rstrip("\n")))
        except grpc.RpcError as error:
            print(f"not sent: {error.code().name}: {error.details()}", flush=True)


if __name__ == "__main__":
    main()
