"""A payment provider in a process of its own that speaks Stripe's API to the official SDK."""
