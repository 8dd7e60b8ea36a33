"""The Pulumi program under a real engine: see README.md."""
