"""Providers by name; a new one is a file and a line."""

from backend.channels.providers.base import ChannelProvider
from backend.channels.providers.sandbox import SandboxChannel
from backend.channels.providers.twilio import TwilioChannel
from backend.settings import Settings


def channel_providers(settings: Settings) -> dict[str, ChannelProvider]:
    """Every provider, made for these settings; none opens a connection before its first send."""
    return {"twilio": TwilioChannel(settings), "sandbox": SandboxChannel()}
