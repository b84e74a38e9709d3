"""How often somebody may call, exactly, over all processes.

For a door of your own (`state.limiter`, or the dependency `limiter: NamedDependency[Limiter]`):

    verdict = await limiter.hit(f"sign-in:{address}")     # Verdict; never raises, never waits for a dead Redis
    limits.expect(verdict)                                # raises TooMany with Retry-After if it was refused

For a caller who has just been authenticated (scopes do this, once a request):

    await limits.admit(request, caller=actor, tenant_id=tenant_id)     # tenant_id None: a person outside a business
"""

from backend.limits.admission import admit as admit
from backend.limits.admission import expect as expect
from backend.limits.admission import tell_limits as tell_limits
from backend.limits.limiter import Limiter as Limiter
from backend.limits.limiter import Rates as Rates
from backend.limits.limiter import Verdict as Verdict
