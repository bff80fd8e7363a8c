"""Stands in for the package of this name where it is not installed: as much of it as the sample uses."""

import json
import urllib.request


class Response:
    def __init__(self, body):
        self._body = body

    def json(self):
        return json.loads(self._body)


def get(url, headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return Response(answer.read())
