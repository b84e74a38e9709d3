"""`make chaos`: a load of webhooks on an installation whose processes and stores are being killed."""
