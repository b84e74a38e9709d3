"""`compose.yaml`: every process that goes on running is watched, at the port that it was told."""

from pathlib import Path

import yaml

SERVICES = yaml.safe_load((Path(__file__).parent.parent / "compose.yaml").read_text())["services"]


def test_every_service_that_goes_on_running_has_a_health_check() -> None:
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["migrate"]


def test_each_check_asks_the_port_on_which_its_process_listens() -> None:
    ports = {name: SERVICES[name]["healthcheck"]["test"][-1].rpartition(":")[2] for name in SERVICES if _is_ours(name)}
    assert ports.pop("backend") == "8000"
    assert ports == {name: SERVICES[name]["command"][-1] for name in ports}


def _is_ours(name: str) -> bool:
    return "ready" in SERVICES[name].get("healthcheck", {}).get("test", [])
