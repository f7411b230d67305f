"""Sends a code and verifies it, with stubs that protoc made: an independent client.

Reads the outbox's code from standard input once it has sent. Prints one JSON object a line.
"""

import json
import sys

import grpc
from google.rpc import error_details_pb2, status_pb2
from passcode.v1 import passcode_service_pb2 as messages
from passcode.v1 import passcode_service_pb2_grpc as stubs
from passcode.v1 import session_pb2


def say(**fields):
    print(json.dumps(fields), flush=True)


def describe(error):
    """The error's status, its details by type, and its trailers."""
    trailers = {key: value for key, value in error.trailing_metadata()}
    status = status_pb2.Status.FromString(trailers.pop("grpc-status-details-bin"))
    details = {}
    for packed in status.details:
        for kind in ("ErrorInfo", "BadRequest", "RetryInfo", "QuotaFailure"):
            message = getattr(error_details_pb2, kind)()
            if packed.Unpack(message):
                details[kind] = message
    return {
        "code": error.code().name,
        "reason": details["ErrorInfo"].reason,
        "metadata": dict(details["ErrorInfo"].metadata),
        "fields": [violation.field for violation in getattr(details.get("BadRequest"), "field_violations", [])],
        "retry_seconds": details["RetryInfo"].retry_delay.seconds if "RetryInfo" in details else None,
        "retry_after": trailers.get("retry-after"),
    }


def fails(call, request):
    try:
        call(request)
    except grpc.RpcError as error:
        return describe(error)
    return None


def main(address):
    with grpc.insecure_channel(address) as channel:
        passcode = stubs.PasscodeServiceStub(channel)
        send = messages.SendPasscodeRequest(phone_number="+41791234567", purpose="login")
        sent = passcode.SendPasscode(send, timeout=60)
        say(
            status=session_pb2.Status.Name(sent.status),
            sends_remaining=sent.sends_remaining,
            masked=sent.masked_destination,
            expires=sent.expire_time.ToJsonString(),
        )

        code = sys.stdin.readline().strip()
        verify = messages.VerifyPasscodeRequest(session_id=sent.session_id, code=code, purpose="login")
        verified = passcode.VerifyPasscode(verify, timeout=60)
        say(status=session_pb2.Status.Name(verified.status), attempts=verified.attempt_count)

        say(**fails(passcode.VerifyPasscode, verify))
        say(**fails(passcode.SendPasscode, messages.SendPasscodeRequest(phone_number="12345")))
        for _ in range(4):
            passcode.SendPasscode(send, timeout=60)
        say(**fails(passcode.SendPasscode, send))


main(sys.argv[1])
