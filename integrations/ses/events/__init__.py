"""What becomes of mails, and who is told: configuration sets, notifications, feedback, the suppression list."""
