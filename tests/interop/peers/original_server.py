"""A chat server in the shape of the Python original, for the tests to talk to.

Every note goes into one list; each reader holds a thread of the pool of ten and looks
at the list over and over. Prints the port it listens on, then the notes.

Usage: python3 original_server.py [PORT]
"""

import pathlib
import sys
from concurrent import futures

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).parent))
messages, services = grpc.protos_and_services("original.proto")


class ChatServer(services.ChatServerServicer):
    def __init__(self):
        self.notes = []

    def ChatStream(self, request, context):
        index = 0
        while context.is_active():
            while len(self.notes) > index:
                note = self.notes[index]
                index += 1
                yield note

    def SendNote(self, request, context):
        print(f"[{request.name}] {request.message}", flush=True)
        self.notes.append(request)
        return messages.Empty()


def main():
    port = sys.argv[1] if len(sys.argv) > 1 else "0"
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    services.add_ChatServerServicer_to_server(ChatServer(), server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print(f"listening on 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
