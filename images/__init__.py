"""Builds both container images without a Docker engine and proves that they work.

`make images` (`python -m images`) needs root on Debian and nothing else: it installs Debian's
buildah, podman, runc and debootstrap, makes a stand-in for the base image, builds both Dockerfiles,
starts both images read-only and as an ordinary user, and checks them from outside. It uses only the
standard library, so that it runs before any virtual environment exists.
"""
