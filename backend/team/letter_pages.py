"""The pages behind the links in letters: plain HTML forms, no script, three languages.

Opening one changes nothing, since mail scanners open every link; the button does.
"""

from html import escape
from typing import Any

from litestar import Controller, MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend import limits
from backend.addresses import client_address
from backend.conversations.notices import language
from backend.database import Database
from backend.errors import Problem, Unauthorized, Unprocessable
from backend.limits import Limiter
from backend.mail.links import open_letter
from backend.mail.models import Mail, MailKind
from backend.settings import Settings
from backend.team import accounts, invitations
from backend.team.passwords import LONGEST, SHORTEST
from backend.team.schemas import Acceptance

_KINDS = tuple(MailKind)
_LONGEST_NAME = 300
_WORDS: dict[str, dict[str, str]] = {
    "es": {
        "verify": "Confirma que este correo es tuyo",
        "reset": "Elige una contraseña nueva",
        "invite": "Únete a {business}",
        "name": "Tu nombre",
        "password": "Contraseña, de {shortest} caracteres o más",
        "own": "Si ya tienes una cuenta con este correo, escribe su contraseña.",
        "send": "Continuar",
        "done": "Listo. Ya puedes cerrar esta página.",
        "over": "Este enlace ya no sirve. Pide otro correo.",
        "weak": "Esa contraseña es de las primeras que alguien probaría. Elige otra.",
        "wrong": "Esa no es la contraseña de tu cuenta.",
    },
    "pt": {
        "verify": "Confirme que este e-mail é seu",
        "reset": "Escolha uma nova senha",
        "invite": "Entre em {business}",
        "name": "Seu nome",
        "password": "Senha, com {shortest} caracteres ou mais",
        "own": "Se você já tem uma conta com este e-mail, escreva a senha dela.",
        "send": "Continuar",
        "done": "Pronto. Você já pode fechar esta página.",
        "over": "Este link não vale mais. Peça outro e-mail.",
        "weak": "Essa senha é das primeiras que alguém tentaria. Escolha outra.",
        "wrong": "Essa não é a senha da sua conta.",
    },
    "en": {
        "verify": "Confirm that this e-mail is yours",
        "reset": "Choose a new password",
        "invite": "Join {business}",
        "name": "Your name",
        "password": "Password, {shortest} characters or more",
        "own": "If you have an account with this e-mail, give its password.",
        "send": "Continue",
        "done": "Done. You can close this page.",
        "over": "This link does not work any more. Ask for another letter.",
        "weak": "This password is among the first that anybody tries. Take another.",
        "wrong": "This is not the password of your account.",
    },
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem}"
    "label,input,button{display:block;width:100%;box-sizing:border-box;margin:.4rem 0}input,button{padding:.6rem}"
)
_HEAD = (
    "<meta charset=utf-8><meta name=viewport content='width=device-width'><title>Tendero</title>"
    f"<style>{_STYLE}</style>"
)

AnyRequest = Request[Any, Any, Any]
Page = Response[str]


class LetterController(Controller):
    """For whoever got a letter."""

    path = "/letters/{token:str}"
    tags = ("letters",)
    security = ()
    include_in_schema = False

    @get(media_type=MediaType.HTML)
    async def show(
        self,
        request: AnyRequest,
        token: FromPath[str],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Page:
        """What the link is for, and a button."""
        limits.expect(await limiter.hit(f"letter:{client_address(request, settings)}"))
        try:
            async with database.people() as session:
                return _form(await open_letter(session, settings, token, *_KINDS))
        except Unprocessable:
            return _page(_tongue(request), "over", 410)

    @post(media_type=MediaType.HTML, status_code=200)
    async def send(
        self,
        request: AnyRequest,
        token: FromPath[str],
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
        limiter: NamedDependency[Limiter],
    ) -> Page:
        """Does what the link is for."""
        address = client_address(request, settings)
        limits.expect(await limiter.hit(f"letter:{address}"))
        given = await request.form()
        password, name = str(given.get("password", "")), str(given.get("name", "")).strip()[:_LONGEST_NAME]
        letter: Mail | None = None
        try:
            async with database.people() as session:
                letter = await open_letter(session, settings, token, *_KINDS)
            if letter.kind == MailKind.INVITE:
                acceptance = Acceptance(token=token, password=password[:LONGEST], name=name.replace("\0", ""))
                await invitations.accept(database, settings, acceptance, None, address)
            else:
                await _settle(database, settings, token, MailKind(letter.kind), password)
        except Unprocessable as refusal:
            if letter is None or refusal.type == "link-over":
                return _page(_tongue(request), "over", 410)
            return _form(letter, "weak", 422)
        except Unauthorized:
            return _form(letter, "wrong", 422) if letter else _page(_tongue(request), "over", 410)
        except Problem as refusal:
            return _page(language(letter.locale) if letter else _tongue(request), "over", refusal.status)
        return _page(language(letter.locale), "done", 200)


async def _settle(database: Database, settings: Settings, token: str, kind: MailKind, password: str) -> None:
    if kind in accounts.RESETS:
        await accounts.reset_password(database, settings, token, password)
    else:
        async with database.people() as session:
            await accounts.verify_email(session, await open_letter(session, settings, token, kind))


def _form(letter: Mail, trouble: str | None = None, status: int = 200) -> Page:
    words = _WORDS[language(letter.locale)]
    asks = letter.kind != MailKind.VERIFY
    fields = ""
    if letter.kind == MailKind.INVITE:
        fields += (
            f'<p>{escape(words["own"])}</p><label>{escape(words["name"])}<input name="name" maxlength="300"></label>'
        )
    if asks:
        label = escape(words["password"].format(shortest=SHORTEST))
        fields += f'<label>{label}<input name="password" type="password" required maxlength="{LONGEST}"></label>'
    purpose = MailKind.RESET if letter.kind in accounts.RESETS else letter.kind
    title = words[purpose].format(business=letter.words.get("business", "Tendero"))
    told = f"<p><b>{escape(words[trouble])}</b></p>" if trouble else ""
    form = f'<form method="post">{fields}<button>{escape(words["send"])}</button></form>'
    return _html(language(letter.locale), f"<h1>{escape(title)}</h1>{told}{form}", status)


def _page(tongue: str, said: str, status: int) -> Page:
    return _html(tongue, f"<p>{escape(_WORDS[tongue][said])}</p>", status)


def _html(tongue: str, body: str, status: int) -> Page:
    page = f"<!doctype html><html lang={tongue}>{_HEAD}{body}</html>"
    return Response(page, status_code=status, media_type=MediaType.HTML, headers={"Cache-Control": "no-store"})


def _tongue(request: AnyRequest) -> str:
    """Of the browser, where there is no letter to ask."""
    asked = request.headers.get("Accept-Language", "")[:2].lower()
    return asked if asked in _WORDS else "en"
