"""Generated from protos/xai by protos/regenerate.py; do not edit."""
