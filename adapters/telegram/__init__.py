"""Telegram by long polling."""
