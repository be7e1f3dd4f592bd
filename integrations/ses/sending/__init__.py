"""From a request to a mail, and a mail on its way: templates, MIME, the inbox, the relay."""
