"""A loopback Grok: xAI's API over real gRPC on 127.0.0.1, without accounts or network.

The public names are listed here; everything else is private to the package.
"""

from grokbot.sandbox.grok_server.admission.call_log import RecordedCall
from grokbot.sandbox.grok_server.answers import FunctionRequest, Script, ScriptedImages, ScriptedQuery
from grokbot.sandbox.grok_server.failures import FAILURES, Failure
from grokbot.sandbox.grok_server.prices import MODELS, ModelFacts
from grokbot.sandbox.grok_server.rules import GrokRules
from grokbot.sandbox.grok_server.server import GrokSandbox

__all__ = [
    "FAILURES",
    "MODELS",
    "Failure",
    "FunctionRequest",
    "GrokRules",
    "GrokSandbox",
    "ModelFacts",
    "RecordedCall",
    "Script",
    "ScriptedImages",
    "ScriptedQuery",
]
