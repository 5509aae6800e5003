#!/usr/bin/env python3
"""A function for the sink `grpc`: prints one line for each record. Replace process() with your own work.

    generate.sh                  # once: the contract's Python modules
    function.py 0.0.0.0:9000

Delivery is at least once: a batch whose answer is lost comes again.
"""
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

sys.path.insert(0, str(Path(__file__).resolve().parent / "generated"))
from millrace.function.v1 import function_pb2 as v1, function_pb2_grpc as v1_grpc  # noqa: E402


def process(event):
    """Raise when a batch cannot be processed now: it will come again."""
    for partition, records in event["records"].items():
        for record in records:
            print(partition, "offset", record["offset"])
    sys.stdout.flush()


def answer(request):
    try:
        process(json.loads(request.payload))
        return v1.InvokeResponse(request_id=request.request_id, outcome=v1.OUTCOME_DONE)
    except Exception as error:
        return v1.InvokeResponse(request_id=request.request_id, outcome=v1.OUTCOME_RETRY,
                                 error_type=type(error).__name__, error_message=str(error))


class Function(v1_grpc.FunctionServiceServicer):
    def Invoke(self, request, context):
        return answer(request)

    def InvokeStream(self, requests, context):
        for request in requests:
            yield answer(request)


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9000"
    # 6 MiB: the sink's max_message_bytes may be as much.
    server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", 6 << 20)])
    v1_grpc.add_FunctionServiceServicer_to_server(Function(), server)
    port = server.add_insecure_port(address)
    server.start()
    print("listening on port", port, file=sys.stderr, flush=True)
    signal.signal(signal.SIGTERM, lambda *_: server.stop(5))  # lets requests finish
    server.wait_for_termination()


if __name__ == "__main__":
    main()
