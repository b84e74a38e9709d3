"""Everything about people over HTTP."""

from backend.team.auth_routes import AuthController, SignUpController
from backend.team.letter_pages import LetterController
from backend.team.me_routes import MeController
from backend.team.team_routes import InvitationController, MemberController

CONTROLLERS = [SignUpController, AuthController, MeController, MemberController, InvitationController, LetterController]
