"""Every table of the backend, for migrations and for the checks that read the whole of them."""

from backend.assist import models as assist
from backend.audit import models as audit
from backend.bookings import models as bookings
from backend.bookings import series_models as booking_series
from backend.calendars import models as calendars
from backend.catalog import models as catalog
from backend.channels import models as channels
from backend.contacts import models as contacts
from backend.conversations import models as conversations
from backend.conversations import turn_models as turns
from backend.database import Record
from backend.events import models as events
from backend.files import models as files
from backend.hooks import models as hooks
from backend.imports import models as imports
from backend.incidents import models as incidents
from backend.knowledge import models as knowledge
from backend.lessons import models as lessons
from backend.mail import models as mail
from backend.media import models as media
from backend.orders import models as orders
from backend.payments import models as payments
from backend.playbooks import models as playbooks
from backend.privacy import models as privacy
from backend.questions import models as questions
from backend.reminders import models as reminders
from backend.replays import models as replays
from backend.requests import models as requests
from backend.scenarios import models as scenarios
from backend.team import models as team
from backend.tenant_tools import models as tenant_tools
from backend.tenants import models as tenants
from backend.timetable import models as timetable
from backend.usage import models as usage
from backend.waiting_list import models as waiting_list

NOUNS = (
    audit,
    bookings,
    booking_series,
    catalog,
    channels,
    contacts,
    conversations,
    incidents,
    mail,
    orders,
    payments,
    playbooks,
    privacy,
    requests,
    team,
    tenants,
    turns,
    usage,
    assist,
    events,
    hooks,
    tenant_tools,
    replays,
    scenarios,
    lessons,
    questions,
    media,
    calendars,
    timetable,
    knowledge,
    reminders,
    waiting_list,
    files,
    imports,
)
metadata = Record.metadata
