"""The customer's pages: the sandbox's checkout, and what follows a payment. Plain HTML, no script, three languages."""

from dataclasses import dataclass
from html import escape
from string import Template
from zoneinfo import ZoneInfo

from backend import clock
from backend.conversations.notices import language, money
from backend.payments.dues import Due
from backend.payments.models import Payment, PaymentStatus
from backend.tenants.models import Tenant

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
WORDS: dict[str, dict[str, str]] = {
    "es": {
        "order": "Pedido",
        "booking": "Cita",
        "order_total": "Total",
        "booking_total": "Anticipo",
        "pay": "Pagar",
        "sandbox": "Pago de prueba: no se cobra nada.",
        "paid": "Pago recibido",
        "paid_more": "Gracias. Ya puedes volver a WhatsApp.",
        "waiting": "El pago aún no llega",
        "waiting_more": "Si ya pagaste, te avisamos por WhatsApp en cuanto se confirme.",
        "closed": "Este enlace ya no sirve",
        "closed_more": "Pide uno nuevo por WhatsApp.",
    },
    "pt": {
        "order": "Pedido",
        "booking": "Agendamento",
        "order_total": "Total",
        "booking_total": "Sinal",
        "pay": "Pagar",
        "sandbox": "Pagamento de teste: nada será cobrado.",
        "paid": "Pagamento recebido",
        "paid_more": "Obrigado. Você já pode voltar ao WhatsApp.",
        "waiting": "O pagamento ainda não chegou",
        "waiting_more": "Se você já pagou, avisaremos pelo WhatsApp assim que for confirmado.",
        "closed": "Este link não vale mais",
        "closed_more": "Peça um novo pelo WhatsApp.",
    },
    "en": {
        "order": "Order",
        "booking": "Booking",
        "order_total": "Total",
        "booking_total": "Deposit",
        "pay": "Pay",
        "sandbox": "Test payment: nothing will be charged.",
        "paid": "Payment received",
        "paid_more": "Thank you. You can go back to WhatsApp now.",
        "waiting": "The payment has not arrived yet",
        "waiting_more": "If you have paid, we will tell you on WhatsApp as soon as it is confirmed.",
        "closed": "This link no longer works",
        "closed_more": "Ask for a new one on WhatsApp.",
    },
}
_PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$business</title>
<style>
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1d2a26; background: #eef3f0; }
main { max-width: 26rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 1rem;
       box-shadow: 0 1px 12px rgb(0 0 0 / .08); }
h1 { margin: 0; font-size: 1.3rem; }
p { margin: .25rem 0; color: #55645e; }
table { width: 100%; margin: 1.25rem 0; border-collapse: collapse; }
td { padding: .4rem 0; border-bottom: 1px solid #e3eae6; vertical-align: top; }
td + td { text-align: right; white-space: nowrap; padding-left: 1rem; }
tr:last-child td { border: 0; font-weight: 700; font-size: 1.1rem; }
button { width: 100%; padding: .9rem; border: 0; border-radius: .6rem; font: inherit; font-weight: 700; color: #fff;
         background: #0b7a5b; cursor: pointer; }
button:focus-visible { outline: 3px solid #9ad9c5; }
.notice { margin-top: 1rem; font-size: .9rem; text-align: center; }
.state { padding: .9rem; border-radius: .6rem; background: #e2f3ec; }
.state strong { color: #0b5c46; }
</style>
</head>
<body><main>
<h1>$business</h1>
<p>$subject</p>
<table>$lines</table>
$foot
</main></body>
</html>
""")


@dataclass(frozen=True)
class PaymentPage:
    """Everything a page shows. `with_button` is the sandbox's checkout."""

    tenant: Tenant
    due: Due
    payment: Payment
    with_button: bool

    def html(self) -> str:
        """The page in the business's language."""
        spoken = language(self.tenant.locale)
        words = WORDS[spoken]
        rows = self.due.lines(self.tenant.locale, ZoneInfo(self.tenant.timezone))
        rows.append((words[f"{self.due.noun}_total"], self.due.total))
        return _PAGE.substitute(
            language=spoken,
            business=escape(self.tenant.name),
            subject=escape(f"{words[self.due.noun]} {self.due.code}"),
            lines="".join(f"<tr><td>{escape(name)}</td><td>{self._money(amount)}</td></tr>" for name, amount in rows),
            foot=self._foot(words),
        )

    def _foot(self, words: dict[str, str]) -> str:
        state = page_state(self.payment)
        if state == "waiting" and self.with_button:
            button = f'<form method="post"><button>{words["pay"]} {self._money(self.payment.amount)}</button></form>'
            return f'{button}<p class="notice">{words["sandbox"]}</p>'
        return f'<div class="state"><strong>{words[state]}</strong><p>{words[f"{state}_more"]}</p></div>'

    def _money(self, amount: int) -> str:
        return escape(money(amount, self.payment.currency, self.tenant.locale))


def page_state(payment: Payment) -> str:
    """paid, waiting or closed."""
    if payment.status == PaymentStatus.PAID:
        return "paid"
    expired = payment.expires_at is not None and payment.expires_at <= clock.now()
    live = payment.status in (PaymentStatus.INTENDED, PaymentStatus.LINK_READY) and not expired
    return "waiting" if live else "closed"
