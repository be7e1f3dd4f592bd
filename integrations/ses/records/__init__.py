"""Records of an account and region: contact lists and contacts, pools of addresses, tags."""
