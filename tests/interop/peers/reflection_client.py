"""A tool that knows nothing of the chat: it learns the contract by reflection, and uses it.

Prints the services, then for each proto file whether the server describes it as protoc
does, then posts a note and prints what comes back.

Usage: python3 reflection_client.py HOST:PORT PROTO_FOLDER
"""

import difflib
import re
import sys
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from grpc_tools import protoc

FILES = {
    "chat.proto": "chat.proto",
    "health.proto": "grpc/health/v1/health.proto",
    "reflection.proto": "grpc/reflection/v1/reflection.proto",
}


def by_protoc(folder, path):
    with tempfile.NamedTemporaryFile() as out:
        code = protoc.main(["protoc", f"-I{folder}", f"-o{out.name}", path])
        assert code == 0, f"protoc {path}: {code}"
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    return files.file[0]


def canonical(file, name):
    """The file with all names in full, as a pool that has checked it gives it back, as text."""
    file.name = name
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    copy = descriptor_pb2.FileDescriptorProto()
    pool.FindFileByName(name).CopyToProto(copy)
    # Only protoc writes down how JSON spells a field, where that follows from its name.
    return re.sub(r" *json_name: .*\n", "", str(copy)).splitlines()


def main():
    address, folder = sys.argv[1:]
    channel = grpc.insecure_channel(address)
    database = ProtoReflectionDescriptorDatabase(channel)
    for service in database.get_services():
        print(f"service: {service}")
    for path, name in FILES.items():
        theirs = canonical(database.FindFileByName(name), name)
        ours = canonical(by_protoc(folder, path), name)
        print(f"{path}: {'as protoc does' if theirs == ours else 'not as protoc does'}")
        sys.stderr.writelines(f"{line}\n" for line in difflib.unified_diff(ours, theirs))

    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName("grpc.ChatServer")

    def call(kind, name):
        method = service.methods_by_name[name]
        request, response = map(
            message_factory.GetMessageClass, (method.input_type, method.output_type)
        )
        stub = getattr(channel, kind)(
            f"/{service.full_name}/{name}", request.SerializeToString, response.FromString
        )
        return request, stub

    note, send_note = call("unary_unary", "SendNote")
    send_note(note(name="tool", message="by reflection"))
    empty, chat_stream = call("unary_stream", "ChatStream")
    first = next(chat_stream(empty()))
    print(f"[{first.name}] {first.message}")
    channel.close()


if __name__ == "__main__":
    main()
