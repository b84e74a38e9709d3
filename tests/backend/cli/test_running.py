"""What an operator and a shop owner do beside `make up`: every command as a process, on real stores."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from backend.cli.seed import known_businesses
from backend.database import new_id
from backend.embedded.supervisor import answers
from tests.backend.cli.conftest import ROOT, TWILIO_ACCOUNT, Up, until
from tests.backend.cli.terminal import Terminal

SHOP, SALON = "deportes-sol", "salao-aurora"


def told(process: "subprocess.CompletedProcess[str]") -> str:
    """What a command that must fail said; a person never sees a traceback."""
    assert process.returncode == 1, process.stdout + process.stderr
    assert "Traceback" not in process.stderr
    return process.stderr


def test_it_prints_addresses_that_answer_and_tells_them_to_other_commands(up: Up) -> None:
    printed = "\n".join(up.said)
    assert f"backend: {up.note['TENDERO_BACKEND_URL']}" in printed
    assert f"agent: {up.note['TENDERO_AGENT_URL']}" in printed
    assert "Businesses  Deportes Sol, Drogaria Flor, Salão Aurora, Wheelhouse Bikes" in printed
    assert answers(f"{up.note['TENDERO_BACKEND_URL']}/health/ready")
    assert answers(f"{up.note['TENDERO_AGENT_URL']}/health/ready")
    assert answers(f"{up.note['TENDERO_BACKEND_URL']}/schema/openapi.json")
    private = [up.folder / "running.json", *(up.folder / "businesses").iterdir()]
    assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600] * 5


def test_agents_ask_a_backend_of_their_own_and_one_scrape_tells_of_both(up: Up) -> None:
    up.ok("chat", "-b", SHOP, "--as", "+5215550000010", typed="hola\n\n")
    assert "backend-internal: http://127.0.0.1:" in "\n".join(up.said)
    asked = {log.name: "turn.claimed" in log.read_text("utf-8") for log in (up.folder / "logs").glob("backend*.log")}
    assert asked == {"backend.log": False, "backend-internal.log": True}
    figures = httpx.get(f"{up.note['TENDERO_BACKEND_URL']}/metrics").text
    assert re.search(r'^tendero_turn_replies_total\{outcome="answered"\} [1-9]', figures, re.MULTILINE)
    assert re.search(r'^tendero_outbox_sends_total\{.*outcome="sent".*\} [1-9]', figures, re.MULTILINE)


@pytest.mark.parametrize(
    ("business", "line", "expected"),
    [(SHOP, "busco tenis para correr", "Tenis"), (SALON, "quanto custa a manicure?", "R$")],
)
def test_a_customer_gets_an_answer_in_the_chat(up: Up, business: str, line: str, expected: str) -> None:
    said = up.ok("chat", "-b", business, "--as", "+5215550000011", typed=f"{line}\n\n")
    assert said.startswith(f"> {line}\n")
    assert expected in said


def test_a_burst_of_lines_is_answered_together(up: Up) -> None:
    said = up.ok("chat", "-b", SHOP, "--as", "+5215550000012", "--burst", typed="hola\nbusco\ntenis\n")
    assert said.count("Deportes Sol\n") == 1
    assert "Tenis" in said.partition("> tenis\n")[2]


def test_places_files_and_stickers_are_answered_honestly(up: Up) -> None:
    lines = [
        "/location 19.43,-99.13",
        "/image https://example.com/a.jpg",
        "/voice https://example.com/a.ogg",
        "/sticker",
    ]
    said = up.ok("chat", "-b", SHOP, "--as", "+5215550000013", typed="\n".join(lines))
    assert said.count("¿Me lo escribes con palabras") == 4
    assert "imágenes" in said
    assert "audios" in said


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("/location there", "/location 19.43,-99.13"),
        ("/image", "/image https://"),
        ("/dance", "There is no /dance; /help"),
    ],
)
def test_a_wrong_command_says_how_it_is_written(up: Up, line: str, complaint: str) -> None:
    assert complaint in told(up.run("chat", "-b", SHOP, typed=line))


def test_a_terminal_shows_answers_above_what_is_typed_and_ends_with_ctrl_c(up: Up) -> None:
    with Terminal(up, "chat", "--as", "+5215550000015") as chat:
        chat.read_until("Which business [1]:")
        chat.type("1\n")
        chat.read_until("You are writing to")
        chat.type("/dance\n")
        chat.read_until("There is no /dance")
        chat.type("hola\ny tam")
        chat.read_until("asistente de demostración")
        chat.read_until("> y tam")
        chat.type("\x03")
        assert chat.process.wait(30) == 0
        assert "Traceback" not in chat.seen


def test_a_person_finds_the_case_answers_it_and_hands_it_back(up: Up) -> None:
    customer = ("chat", "-b", SHOP, "--as", "+5215550000014", "--name", "Rita")
    inbox = ("inbox", "-b", SHOP)
    assert "nothing waits for a person" in up.ok(*inbox, "list")
    up.ok(*customer, typed="quiero hablar con una persona\n")
    assert "make inbox" in up.ok(*customer, typed="¿hola?\n")
    listed = up.ok(*inbox, "list")
    assert "1 case waits for a person" in listed
    assert "Rita, asked for a person" in listed
    chat = up.ok(*inbox, "show", "1")
    assert chat.index("quiero hablar con una persona") < chat.index("¿hola?")
    assert up.ok(*inbox, "reply", "1", "Soy Marta, te ayudo.") == "Sent.\n"
    received = phone(up, "+5215550000014")
    assert received[-1]["body"] == "Soy Marta, te ayudo."
    assert "is '2'" in told(up.run(*inbox, "show", "2"))
    assert "the agent answers again" in up.ok(*inbox, "close", "1")
    assert "nothing waits for a person" in up.ok(*inbox)
    assert "Tenis" in up.ok(*customer, typed="busco tenis\n")


def phone(up: Up, customer: str, author: str = "person") -> list[dict[str, Any]]:
    """What a sandbox customer has received, up to a message of such an author."""
    key = next(business["api_key"] for business in known_businesses(up.folder) if business["slug"] == SHOP)
    with httpx.Client(base_url=up.note["TENDERO_BACKEND_URL"], headers={"Authorization": f"Bearer {key}"}) as client:
        for _ in range(100):
            items: list[dict[str, Any]] = client.get("/v1/sandbox/messages", params={"from": customer}).json()["items"]
            if items and items[-1]["author"] == author:
                break
    return items


def test_the_operator_watches_the_queue_and_the_processes(up: Up, tmp_path: Path) -> None:
    said = up.ok("top", "--once")
    assert f"Tendero at {up.note['TENDERO_BACKEND_URL']}" in said
    assert "doorbell ok" in said
    for word in ("in flight", "quarantined", "unknown", "turns done"):
        assert word in said
    assert {"backend", "dispatcher", "agent"} <= {line.split()[0] for line in said.splitlines() if line.strip()}
    with Terminal(up, "top") as view:
        for _ in range(2):
            view.read_until("processes")
        view.type("\x03")
        assert view.process.wait(30) == 0
        assert "Traceback" not in view.seen
    assert "does not answer at http://127.0.0.1:1" in told(up.run("top", "--once", "--url", "http://127.0.0.1:1"))
    elsewhere = {
        "TENDERO_DATA_DIR": str(tmp_path),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "TENDERO_SECRET_KEY": "the key of another installation.............",
    }
    refused = told(up.run("top", "--url", up.note["TENDERO_BACKEND_URL"], **elsewhere))
    assert "another installation answers there" in refused


def test_parked_turns_are_listed_with_their_reason_and_put_back(up: Up) -> None:
    customer, turns = "+5215550000016", ("turns", "-b", SHOP)
    assert "no turn is parked" in up.ok(*turns)
    up.ok("chat", "-b", SHOP, "--as", customer, typed="hola\n")
    with psycopg.connect(up.note["DATABASE_URL"]) as owner:
        parked = owner.execute(
            "UPDATE turns SET status = 'quarantined', reason = 'ValueError at vendor.py:12' "
            "FROM conversations WHERE conversations.id = turns.conversation_id AND conversations.address = %s "
            "RETURNING turns.id",
            [customer],
        ).fetchone()
    assert parked is not None
    listed = up.ok(*turns)
    assert "1 turn is parked" in listed
    assert f"{parked[0]}" in listed
    assert "ValueError at vendor.py:12" in listed
    assert "quarantined" in up.ok("top", "--once")
    assert "is '7'" in told(up.run(*turns, "requeue", "7"))
    assert f"{parked[0]} waits for the agent" in up.ok(*turns, "requeue", "1")
    until(lambda: len(phone(up, customer, "agent")) == 2, "the turn was not answered again")
    assert "no turn is parked" in up.ok(*turns, "requeue", "all")


def test_a_business_must_be_named_where_nobody_can_be_asked(up: Up) -> None:
    assert f"make inbox ARGS='-b {SHOP}'" in told(up.run("inbox", "list"))
    assert f"known: {SHOP}, drogaria-flor, {SALON}" in told(up.run("chat", "-b", "nobody"))


def test_the_public_address_is_not_what_commands_talk_to(up: Up) -> None:
    said = up.ok("inbox", "-b", SALON, "list", TENDERO_PUBLIC_URL="https://bot.invalid", TENDERO_PORT="1")
    assert "nothing waits" in said
    refused = told(up.run("inbox", "-b", SALON, "--url", "http://127.0.0.1:1", "list"))
    assert "does not answer at http://127.0.0.1:1.\nMend: make up" in refused


def test_the_doctor_finds_everything_ready(up: Up) -> None:
    said = up.ok("doctor")
    assert f"✓ backend and agent are ready ({up.note['TENDERO_BACKEND_URL']})" in said
    assert "✓ Postgres 18 with pgvector (embedded, running)" in said
    assert "✗" not in said
    another = told_by_doctor(up.run("doctor", TENDERO_PUBLIC_URL="https://bot.invalid"))
    assert "but what runs took http://127.0.0.1" in another


def told_by_doctor(process: "subprocess.CompletedProcess[str]") -> str:
    """The findings of a doctor who found something wrong."""
    assert (process.returncode, process.stderr) == (1, "")
    return process.stdout


def test_a_twilio_number_is_connected_step_by_step(up: Up, twilio: str) -> None:
    httpx.post(f"{twilio}/_world/accounts", json=TWILIO_ACCOUNT).raise_for_status()
    sid, number = TWILIO_ACCOUNT["sid"], "+14155550199"
    doctor = ("doctor", "--connect", "-b", SALON, "--number", number, "--account-sid")
    assert "refuses this account SID" in told(up.run(*doctor, sid, TWILIO_AUTH_TOKEN="another one"))
    assert "not an account SID" in told(up.run(*doctor, "AC12", TWILIO_AUTH_TOKEN="x"))
    deaf = up.run(*doctor, sid, TWILIO_AUTH_TOKEN="x", TENDERO_TWILIO_BASE_URL="http://127.0.0.1:1")
    assert "cannot be reached" in told(deaf)
    token = {"TWILIO_AUTH_TOKEN": TWILIO_ACCOUNT["token"]}
    wrong = up.run("doctor", "--connect", "-b", SALON, "--number", "55512", "--account-sid", sid, **token)
    assert "not a WhatsApp number" in told(wrong)
    silent = up.run(*doctor, sid, "--wait", "0.1", **token)
    assert "no message came in" in told(silent)
    webhook = next(line.strip() for line in silent.stdout.splitlines() if "/webhooks/twilio/" in line)
    assert webhook.startswith(up.note["TENDERO_BACKEND_URL"])
    assert "#rc=" in webhook
    sender = {"number": number, "account_sid": sid, "webhook_url": webhook}
    httpx.post(f"{twilio}/_world/senders", json=sender).raise_for_status()
    said = ""
    message = {"customer": "+5511987654321", "to": number, "body": "oi"}
    with subprocess.Popen(
        [sys.executable, "-m", "backend", *doctor, sid],
        cwd=ROOT,
        env=up.environment | token,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if line.startswith("Now write to"):
                httpx.post(f"{twilio}/_world/write", json=message, timeout=30).raise_for_status()
    assert process.returncode == 0
    assert "✓ a message came in, with a good signature" in said
    assert f"{number} is connected" in said


def test_seeding_again_changes_nothing_and_a_new_file_is_made(up: Up, businesses: Path, tmp_path: Path) -> None:
    assert "every business is there already" in up.ok("seed", str(businesses))
    kept = [json.loads(file.read_text()) for file in (up.folder / "businesses").iterdir()]
    assert all(business["complete"] for business in kept)
    shop = yaml.safe_load((businesses / "deportes_sol.yaml").read_text("utf-8"))
    new = tmp_path / "new.yaml"
    new.write_text(yaml.safe_dump(shop | {"slug": "another-shop", "name": "Otra tienda"}), "utf-8")
    assert up.ok("seed", str(new)) == "Made: Otra tienda.\n"
    assert "Otra tienda" in up.ok("chat", "-b", "another-shop", typed="hola")
    new.write_text("slug: a-third\nname: Tercera\n")
    assert "mode: " in told(up.run("seed", str(new)))
    assert "no .yaml file" in told(up.run("seed", str(up.folder / "logs")))


def test_a_second_installation_over_the_same_folder_is_refused(up: Up) -> None:
    complaint = told(up.run("up", "--port", "0", "--agent-port", "0"))
    assert f"in use by process {up.process.pid}" in complaint
    assert "Mend: " in complaint


def test_the_way_from_sign_up_to_the_first_answer_runs_as_it_is_written(up: Up) -> None:
    """With curl alone, block by block."""
    page = (ROOT / "backend" / "team" / "first-answer.md").read_text("utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == page.count("```bash") == 8
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env=os.environ | {"TENDERO_URL": up.note["TENDERO_BACKEND_URL"], "no_proxy": "*"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "25.00" in done.stdout
    assert '"role":"admin"' in done.stdout


def test_letters_are_kept_and_their_links_lead_to_a_page_that_works(up: Up) -> None:
    """As there is no mail server: what `make up` says, what `mails` shows, and the page behind the link."""
    assert any("python -m backend mails" in line for line in up.said)
    email = f"bia-{new_id().hex}@example.com"
    business = {"name": "Salón Luna", "mode": "appointments", "locale": "es-MX", "timezone": "America/Mexico_City"}
    account = {"email": email, "password": "cuatro palabras en fila", "business": business}
    with httpx.Client(base_url=up.note["TENDERO_BACKEND_URL"], timeout=60, trust_env=False) as client:
        client.post("/v1/sign-up", json=account).raise_for_status()
        credentials = {"email": email, "password": account["password"]}
        signed_in = client.post("/v1/auth/login", json=credentials).raise_for_status().json()
        me = {"Authorization": f"Bearer {signed_in['access_token']}"}
        said = up.ok("mails")
        assert email in said
        [link] = re.findall(r"http\S+/letters/\S+", said.partition(email)[2])[:1]
        assert "<form" in client.get(link).raise_for_status().text
        assert client.get("/v1/me", headers=me).json()["email_verified"] is False
        client.post(link).raise_for_status()
        assert client.get("/v1/me", headers=me).json()["email_verified"] is True
        assert email not in up.ok("mails")
