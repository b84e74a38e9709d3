"""Heavy packages are loaded on first use: starting the agent must not cost seconds and 170 MB."""

import subprocess
import sys

import pytest

HEAVY = ("langchain_openai", "openai", "langchain_google_genai", "google.genai", "langchain_anthropic", "anthropic")


@pytest.mark.parametrize("module", ["agent.worker", "agent.turn", "agent.bootstrap", "agent.models", "agent.cli"])
def test_no_model_provider_is_imported_with(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_service_never_loads_langgraphs_server() -> None:
    code = "import sys, agent.bootstrap; print([name for name in sys.modules if name.startswith('langgraph_api')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
