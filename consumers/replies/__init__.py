"""Answers on social media: what each platform is sent (pure), and the one sender that sends it."""
