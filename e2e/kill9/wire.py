"""The Kinesis API in as few lines as a load needs: JSON over one kept connection, no retries, no signatures."""

import http.client
import json
import socket

# Far beyond any answer of a living server, so that a hang is seen and not waited out.
ANSWERS_WITHIN_S = 30
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/kinesis/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0"
)


class Gone(Exception):
    """The server went away before it answered: the request may have been carried out, or not."""


class Refused(Exception):
    """The server answered, with an error."""


class Connection:
    """One connection; not for several threads."""

    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN_S)

    def call(self, operation, **parameters):
        """The answer of one operation."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"Kinesis_20131202.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": AUTHORIZATION,
        }
        try:
            self.http.request("POST", "/", json.dumps(parameters), headers)
            answer = self.http.getresponse()
            body = answer.read()
        except socket.timeout:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from None
        if answer.status != 200:
            raise Refused(f"{operation}: {answer.status} {body.decode(errors='replace')}")
        return json.loads(body) if body else {}

    def shards(self, stream):
        """Every shard of a stream, closed ones included, as the API gives them."""
        answer = self.call("ListShards", StreamName=stream)
        shards = answer["Shards"]
        while "NextToken" in answer:
            answer = self.call("ListShards", NextToken=answer["NextToken"])
            shards += answer["Shards"]
        return shards
