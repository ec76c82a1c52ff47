"""Brings a client of another system into Okno and keeps its card up to date, without generated code.

    pip install grpcio grpcio-reflection
    OKNO_URL=127.0.0.1:8080 OKNO_API_KEY=<key> python3 clients.py "Ромашка" "+7 999 000-00-21" <request id>

The messages come from the server itself (gRPC reflection). The request id is a UUIDv7 that the other system made for this
client and wrote down before it asked for the first time; however often it asks again, there is one card.
"""

import os
import sys
import time

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SECONDS = 10


class Service:
    """A service of Okno: its calls by name, their messages as the server describes them."""

    def __init__(self, channel, key, name):
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        self._service = pool.FindServiceByName(name)
        self._pool, self._channel = pool, channel
        self._metadata = [("authorization", f"Bearer {key}")]

    def message(self, name):
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))

    def call(self, method, **fields):
        described = self._service.methods_by_name[method]
        request, answer = map(message_factory.GetMessageClass, (described.input_type, described.output_type))
        ask = self._channel.unary_unary(
            f"/{self._service.full_name}/{method}",
            request_serializer=request.SerializeToString,
            response_deserializer=answer.FromString,
        )
        return ask(request(**fields), metadata=self._metadata, timeout=SECONDS)


def reason(refused):
    """What google.rpc.ErrorInfo says: why, and the facts that belong to it."""
    for name, value in refused.trailing_metadata():
        if name == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info) and info.domain == "okno":
                    return info.reason, dict(info.metadata)
    return "", {}


def patiently(ask):
    """UNAVAILABLE is for now: the same request again is safe."""
    for pause in (1, 2, 4):
        try:
            return ask()
        except grpc.RpcError as refused:
            if refused.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            time.sleep(pause)
    return ask()


def comment(clients, client, text):
    """Changes one field of the version in hand; a colleague's change meanwhile is read, ours is put on top of it."""
    while True:
        changed = clients.message("okno.crm.v1.Client")(client_id=client.client_id, etag=client.etag, comment=text)
        try:
            return clients.call("UpdateClient", client=changed, update_mask={"paths": ["comment"]}).client
        except grpc.RpcError as refused:
            if refused.code() != grpc.StatusCode.ABORTED:
                raise
            client = clients.call("GetClient", client_id=client.client_id).client


def main():
    name, phone, request_id = sys.argv[1:4]
    channel = grpc.insecure_channel(os.environ["OKNO_URL"])  # grpc.secure_channel(..., grpc.ssl_channel_credentials()) outside
    clients = Service(channel, os.environ["OKNO_API_KEY"], "okno.crm.v1.ClientService")
    address = {"kind": "ADDRESS_KIND_PHONE", "value": phone, "is_main": True}
    client = {"name": name, "kind": "CLIENT_KIND_COMPANY", "addresses": [address]}
    try:
        answer = patiently(lambda: clients.call("CreateClient", request_id=request_id, client=client))
    except grpc.RpcError as refused:
        if refused.code() != grpc.StatusCode.INVALID_ARGUMENT:
            raise
        why, facts = reason(refused)
        print(f"cannot be taken: {why} {facts['field']}: {refused.details()}")
        return
    for one in answer.candidates:
        print(f"there may be one already: {one.name} ({one.score} of 100)")
    if not answer.HasField("client"):
        return
    client = comment(clients, answer.client, "Из учётной системы")
    print(f'{client.name} has the comment "{client.comment}"')
    for found in clients.call("FindClients", query=phone).clients:
        print(f"found by phone: {found.name}")


main()
