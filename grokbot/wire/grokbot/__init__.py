"""Generated from protos/grokbot by protos/regenerate.py; do not edit."""
