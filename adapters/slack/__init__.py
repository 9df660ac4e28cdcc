"""Slack by Socket Mode."""
