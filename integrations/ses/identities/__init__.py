"""Who may send: addresses and domains, how they are verified, and whom they let send for them."""
