"""A load balancer that asks for a server's health with grpcio's own stubs.

Prints what Check and List say, then what Watch brings until the call ends.

Usage: python3 health_client.py HOST:PORT SERVICE
"""

import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

name_of = health_pb2.HealthCheckResponse.ServingStatus.Name


def main():
    address, service = sys.argv[1:]
    stub = health_pb2_grpc.HealthStub(grpc.insecure_channel(address))
    request = health_pb2.HealthCheckRequest(service=service)
    try:
        print(f"check: {name_of(stub.Check(request).status)}")
    except grpc.RpcError as error:
        print(f"check: {error.code().name}")
    statuses = stub.List(health_pb2.HealthListRequest()).statuses
    for name, response in sorted(statuses.items()):
        print(f'list: "{name}" {name_of(response.status)}')
    try:
        for response in stub.Watch(request):
            print(f"watch: {name_of(response.status)}", flush=True)
    except grpc.RpcError as error:
        print(f"watch ended: {error.code().name}", flush=True)


if __name__ == "__main__":
    main()
