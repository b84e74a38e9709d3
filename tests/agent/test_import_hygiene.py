"""Heavy packages are loaded on first use: starting the agent must not cost seconds and 170 MB."""

import subprocess
import sys

MODULES = ("agent.worker", "agent.turn", "agent.bootstrap", "agent.models", "agent.cli")
PROVIDERS = ("langchain_openai", "openai", "langchain_google_genai", "google.genai", "langchain_anthropic", "anthropic")
SERVER = "langgraph_api"


def test_no_model_provider_and_no_langgraph_server_is_imported_with_the_agent() -> None:
    code = f"import sys, {', '.join(MODULES)}; print(*sys.modules)"
    imported = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert imported >= {*MODULES}
    assert not imported & {*PROVIDERS}
    assert not [name for name in imported if name.partition(".")[0] == SERVER]
