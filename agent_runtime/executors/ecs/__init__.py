"""Executors as Fargate tasks: one task a session, reached directly or through a load balancer."""
