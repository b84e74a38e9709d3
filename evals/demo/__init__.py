"""The main job, played end to end: a shop and a salon serve WhatsApp customers."""
