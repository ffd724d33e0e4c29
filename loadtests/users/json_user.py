"""What users of JSON services share: asking, and drawing ids that the service stores."""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import json
from typing import Any

from loadtests.open_loop import OpenLoopUser


class JsonUser(OpenLoopUser):
    """A user whose `parameters` say the highest id of each kind of thing; ids begin at 1."""

    abstract = True

    def ask(self, method: str, path: str, name: str, body: Any = None) -> dict[str, Any]:
        """Send a request that is counted as `name`, and return the object that answers it, or nothing."""
        answer = self.client.request(method, path, name=name, json=body)
        try:
            found = json.loads(answer.content or b"null")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def drawn(self, kind: str) -> int:
        """The id of some thing of this kind."""
        assert self.parameters is not None
        return self.rng.randint(1, int(self.parameters[kind]))
