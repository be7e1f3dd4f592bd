"""The SMTP interface: ports, sessions, logins, and the mails that come in by it."""
