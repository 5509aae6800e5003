#!/usr/bin/env python3
"""What botocore signs, for the tests of sigv4.cc.

  sigv4_oracle.py golden > sigv4.json     the fixed cases and their signatures (run it to refresh the golden file)
  sigv4_oracle.py sign < cases.jsonl      one case a line in, one {"canonical_request", "authorization"} a line out

Exits 77 when botocore is not installed. No connection is opened: the client's requests are caught before they are sent.
"""
import base64
import datetime
import json
import sys

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    import botocore.session
    from botocore.config import Config
except ImportError:
    sys.exit(77)


def freeze(timestamp):
    moment = datetime.datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ")

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return moment

        @classmethod
        def now(cls, tz=None):
            return moment if tz is None else moment.replace(tzinfo=tz)

    class Module:
        def __getattr__(self, name):
            return Frozen if name == "datetime" else getattr(datetime, name)

    botocore.auth.datetime = Module()
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda *_, **__: moment


class Signer(botocore.auth.SigV4Auth):
    def canonical_request(self, request):
        self.canonical = super().canonical_request(request)
        return self.canonical


def sign(case):
    freeze(case["timestamp"])
    signer = Signer(
        botocore.credentials.Credentials(case["access_key_id"], case["secret_access_key"], case["session_token"] or None),
        case["service"], case["region"])
    url = case["origin"] + case["path"] + ("?" + case["query"] if case["query"] else "")
    request = botocore.awsrequest.AWSRequest(
        method=case["method"], url=url, headers=dict(case["headers"]), data=base64.b64decode(case["body"]))
    signer.add_auth(request)
    return {"canonical_request": signer.canonical, "authorization": request.headers["Authorization"]}


def invoke(function, qualifier, token):
    """The request of botocore's own client, before it is sent."""
    freeze("20260131T120000Z")
    session = botocore.session.Session()
    client = session.create_client(
        "lambda", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9001", aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", aws_session_token=token,
        config=Config(retries={"max_attempts": 0}))
    caught = []

    def catch(request, **_):
        caught.append(request)
        return botocore.awsrequest.AWSResponse(request.url, 200, {}, type("Raw", (), {"stream": lambda self, **k: [b"null"]})())

    client.meta.events.register("before-send.lambda.Invoke", catch)
    arguments = {"FunctionName": function, "InvocationType": "RequestResponse", "Payload": b'{"records":{}}'}
    if qualifier:
        arguments["Qualifier"] = qualifier
    client.invoke(**arguments)
    request = caught[0]
    text = lambda v: v.decode() if isinstance(v, bytes) else v
    return {"function": function, "qualifier": qualifier or "", "session_token": token or "", "url": request.url,
            "headers": {name.lower(): text(value) for name, value in request.headers.items()
                        if name.lower() in ("authorization", "x-amz-date", "x-amz-invocation-type", "x-amz-security-token")},
            "body": text(request.body)}


def golden():
    base = {"method": "POST", "origin": "https://lambda.us-east-1.amazonaws.com", "query": "", "body": "e30=",
            "headers": [["content-type", "application/json"], ["host", "lambda.us-east-1.amazonaws.com"],
                        ["x-amz-invocation-type", "RequestResponse"]],
            "access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "session_token": "", "service": "lambda", "region": "us-east-1", "timestamp": "20150830T123600Z"}
    arn = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aorders/invocations"
    name = "/2015-03-31/functions/my-function/invocations"
    cases = [
        {"path": name},
        {"path": name, "query": "Qualifier=PROD"},
        {"path": name, "query": "Qualifier=%24LATEST"},
        {"path": name, "query": "b=2&a=1&a=0"},
        {"path": arn, "query": "Qualifier=7"},
        {"path": arn.replace("%3A", ":")},
        {"path": "/base" + name, "session_token": "FwoGZXIvYXdzEXAMPLE//////////wEaDM="},
        {"path": "/a//b/./../c/"},
        {"path": "/"},
        {"path": name, "body": ""},
        {"path": name, "headers": base["headers"] + [["x-spaces", "  a   b\tc  "]]},
        {"path": name, "region": "eu-central-1", "timestamp": "20991231T235959Z"},
    ]
    signed = [dict(base, **case) for case in cases]
    for case in signed:
        case.update(sign(case))
    clients = [invoke(f, q, t) for f, q, t in [
        ("orders", None, None), ("orders", "PROD", None), ("orders", "$LATEST", "token+/="),
        ("123456789012:function:orders", None, None),
        ("arn:aws:lambda:eu-west-1:123456789012:function:orders", "7", None)]]
    json.dump({"signed": signed, "clients": clients}, sys.stdout, indent=1)
    print()


if sys.argv[1:] == ["golden"]:
    golden()
elif sys.argv[1:] == ["sign"]:
    for line in sys.stdin:
        print(json.dumps(sign(json.loads(line))))
else:
    sys.exit(__doc__)
