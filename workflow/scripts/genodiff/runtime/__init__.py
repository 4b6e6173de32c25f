"""How jobs run: what they share with other processes of this machine."""
